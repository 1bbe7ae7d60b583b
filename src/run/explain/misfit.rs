//! Where a line begins to be another one than a pattern with holes says, and where it is the same again.

use regex::Regex;

use crate::diagnostic::{Difference, DifferenceKind};
use crate::lang::ast::CaptureKind;
use crate::run::matching::Piece;

/// Why a line does not fit a pattern.
pub(super) struct Misfit<'p> {
    /// The part of the line that does not fit.
    pub(super) difference: Difference,
    /// The hole that should have taken it, if a hole is to blame.
    pub(super) hole: Option<&'p Piece>,
}

/// The misfit of a line that does not match these pieces. None if there are no pieces.
pub(super) fn of<'p>(pieces: &'p [Piece], line: &str) -> Option<Misfit<'p>> {
    if pieces.is_empty() {
        return None;
    }
    let (fitting, mut start) =
        (0..=pieces.len()).rev().find_map(|count| Some((count, head(&pieces[..count], line)?)))?;
    let Some(failing) = pieces.get(fitting) else {
        let difference = Difference { range: start..line.len(), kind: DifferenceKind::Added };
        return Some(Misfit { difference, hole: None });
    };
    if let Piece::Text(text) = failing {
        let same = text.chars().zip(line[start..].chars()).take_while(|(one, two)| one == two);
        start += same.map(|(one, _)| one.len_utf8()).sum::<usize>();
    }
    let rest = &line[start..];
    let tails = (fitting + 1..=pieces.len()).find_map(|first| tail(&pieces[first..], rest));
    let difference = Difference { range: start..start + tails.unwrap_or(rest.len()), kind: DifferenceKind::Changed };
    let hole = (!matches!(failing, Piece::Text(_))).then_some(failing);
    Some(Misfit { difference, hole })
}

/// How many bytes at the beginning of the line fit these pieces.
fn head(pieces: &[Piece], line: &str) -> Option<usize> {
    let (last, before) = match pieces.split_last() {
        Some((last, before)) => (most(last), before),
        None => (String::new(), pieces),
    };
    let source: String = before.iter().map(Piece::source).collect();
    Some(Regex::new(&format!(r"(?s)\A{source}{last}")).ok()?.find(line)?.end())
}

/// Where the end of the line begins that fits these pieces.
fn tail(pieces: &[Piece], line: &str) -> Option<usize> {
    let source: String = pieces.iter().map(Piece::source).collect();
    Some(Regex::new(&format!(r"(?s){source}\z")).ok()?.find(line)?.start())
}

/// What a piece takes at most, if nothing follows it.
fn most(piece: &Piece) -> String {
    match piece {
        Piece::Capture(_, CaptureKind::Int) | Piece::Anything(CaptureKind::Int) => "-?[0-9]+".to_owned(),
        Piece::Capture(_, CaptureKind::Word) | Piece::Anything(CaptureKind::Word) => r"[^\s,:/]+".to_owned(),
        Piece::Text(_) | Piece::Capture(_, CaptureKind::Any) | Piece::Anything(CaptureKind::Any) => piece.source(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::ast::Name;

    fn found(pieces: &[Piece], line: &str) -> (String, bool) {
        let misfit = of(pieces, line).unwrap();
        (line[misfit.difference.range].to_owned(), misfit.hole.is_some())
    }

    #[test]
    fn the_part_between_what_fits_at_both_ends_is_found() {
        let text = |text: &str| Piece::Text(text.to_owned());
        let int = Piece::Capture(Name::new("n"), CaptureKind::Int);
        let word = Piece::Capture(Name::new("w"), CaptureKind::Word);
        let order = [word, text(": order "), int, text(" shipped")];
        assert_eq!(found(&order, "alice: order A17 shipped"), ("A17".to_owned(), true));
        assert_eq!(found(&order, "alice: order 17 shipping"), ("ing".to_owned(), false));
        assert_eq!(found(&order, "alice: order 17 shipped!"), ("!".to_owned(), false));
        assert_eq!(found(&order, "alice: border 17 shipped"), ("border ".to_owned(), false));
        assert_eq!(found(&order, ""), (String::new(), true));
        assert_eq!(
            found(&[text("渊: "), Piece::Anything(CaptureKind::Any), text("!")], "渊: 你好"),
            ("你好".to_owned(), false)
        );
        assert!(of(&[], "x").is_none());
    }
}
