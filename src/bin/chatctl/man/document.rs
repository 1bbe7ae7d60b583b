//! A document of `docs/` as a manual page: enough of Markdown for these documents, spelled in roff.

use clap_mangen::roff::{Inline, Roff, bold, roman};

/// A document that is part of the program.
#[derive(Debug, Clone, Copy)]
pub(super) struct Document {
    /// The word after `chatctl man`.
    pub(super) name: &'static str,
    /// The section of the manual, such as 5 for formats of files.
    pub(super) section: &'static str,
    /// What it describes, for the line of names.
    pub(super) about: &'static str,
    /// The document in Markdown.
    text: &'static str,
}

/// The documents that have a page.
pub(super) const DOCUMENTS: [Document; 2] = [
    Document {
        name: "script",
        section: "5",
        about: "the language of conversation scripts",
        text: include_str!("../../../../docs/script-language.md"),
    },
    Document {
        name: "protocol",
        section: "7",
        about: "what a chatctl server and its clients say to each other",
        text: include_str!("../../../../docs/protocol.md"),
    },
];

impl Document {
    /// The name of the file of its page.
    pub(super) fn file_name(self) -> String {
        format!("chatctl-{}.{}", self.name, self.section)
    }

    /// Its page in roff.
    pub(super) fn page(self) -> String {
        let title = format!("chatctl-{}", self.name);
        let source = concat!("chatctl ", env!("CARGO_PKG_VERSION"));
        let mut roff = Roff::new();
        roff.control("TH", [title.as_str(), self.section, "", source]);
        roff.control("SH", ["NAME"]).text([roman(format!("{title} - {}", self.about))]);
        roff.control("SH", ["DESCRIPTION"]);
        let mut lines = self.text.lines().skip_while(|line| !line.starts_with("# ")).skip(1).peekable();
        while let Some(line) = lines.next() {
            if line.starts_with("```") {
                literal(&mut roff, std::iter::from_fn(|| lines.next().filter(|line| !line.starts_with("```"))));
            } else if line.starts_with("    ") {
                let rest = std::iter::from_fn(|| lines.next_if(|line| line.starts_with("    ")));
                literal(&mut roff, std::iter::once(line).chain(rest).map(|line| &line[4..]));
            } else {
                self::line(&mut roff, line);
            }
        }
        roff.render()
    }
}

/// Lines that are shown as they are.
fn literal<'a>(roff: &mut Roff, lines: impl Iterator<Item = &'a str>) {
    roff.control("PP", []).control("RS", ["4"]).control("nf", []);
    for line in lines {
        roff.text([roman(line)]);
    }
    roff.control("fi", []).control("RE", []);
}

fn line(roff: &mut Roff, line: &str) {
    if let Some(heading) = line.strip_prefix("## ") {
        roff.control("SH", [heading.to_uppercase().as_str()]);
    } else if let Some(heading) = line.strip_prefix("### ") {
        roff.control("SS", [heading]);
    } else if let Some(row) = line.strip_prefix("| ") {
        table_row(roff, row);
    } else if let Some(item) = line.strip_prefix("- ") {
        roff.control("IP", ["\\(bu", "2"]).text(inlines(item));
    } else if line.trim().is_empty() {
        roff.control("PP", []);
    } else {
        roff.text(inlines(line.trim_start()));
    }
}

/// The first cell of a row is a term, the others describe it. A rule between rows is left out.
fn table_row(roff: &mut Roff, row: &str) {
    let cells: Vec<&str> = row.trim_end().trim_end_matches('|').split(" | ").map(str::trim).collect();
    let is_rule = cells.iter().all(|cell| cell.chars().all(|c| c == '-' || c == ':'));
    if !is_rule {
        let (term, rest) = cells.split_first().expect("splitting gives at least one part");
        let rest: Vec<&str> = rest.iter().copied().filter(|cell| !cell.is_empty()).collect();
        roff.control("TP", []).text(inlines(term)).text(inlines(&rest.join("; ")));
    }
}

/// Text with its code and its strong words in bold, and links as their words.
fn inlines(text: &str) -> Vec<Inline> {
    let parts = text.split('`').enumerate().flat_map(|(at, part)| {
        let is_code = at % 2 == 1;
        let strong = if is_code { vec![part] } else { part.split("**").collect() };
        strong.into_iter().enumerate().map(move |(at, part)| (is_code || at % 2 == 1, part))
    });
    let spelled = parts
        .filter(|(_, part)| !part.is_empty())
        .map(|(is_bold, part)| if is_bold { bold(part) } else { roman(without_links(part)) });
    spelled.collect()
}

/// `[words](address)` as its words.
fn without_links(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        let link = after.split_once("](").and_then(|(words, tail)| Some((words, tail.split_once(')')?.1)));
        match link {
            Some((words, tail)) if !words.contains('[') => {
                out.extend([before, words]);
                rest = tail;
            }
            Some(_) | None => {
                out.extend([before, "["]);
                rest = after;
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_bold_and_a_link_is_its_words() {
        let mut roff = Roff::new();
        line(&mut roff, "- say `hi` to [the docs](docs/x.md), not [this]");
        line(&mut roff, "| `ping` | `pong` | nothing |");
        line(&mut roff, "| --- | --- | --- |");
        assert_eq!(
            roff.to_roff(),
            ".IP \\(bu 2\nsay \\fBhi\\fR to the docs, not [this]\n.TP\n\\fBping\\fR\n\\fBpong\\fR; nothing\n"
        );
    }

    #[test]
    fn lines_of_an_example_are_shown_as_they_are() {
        for document in DOCUMENTS {
            let page = document.page();
            assert!(page.contains(".nf\n"), "{}", document.name);
            assert!(!page.contains("```"), "{}", document.name);
        }
    }
}
