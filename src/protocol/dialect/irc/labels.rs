//! The answer to a line that its client has given a label: marked as such, so that it is found among all that is told.

use super::tag_value::escaped;

/// What was told about the labeled line, with the label: an acknowledgment if that is nothing, else a line or a batch.
pub(in crate::protocol::dialect) fn labeled(lines: &[u8], label: &str, house: &str, out: &mut Vec<u8>) {
    let label = escaped(label);
    let lines: Vec<&[u8]> = lines.split_inclusive(|byte| *byte == b'\n').collect();
    match lines.as_slice() {
        [] => out.extend_from_slice(format!("@label={label} :{house} ACK\r\n").as_bytes()),
        [line] => tagged(line, &format!("label={label}"), out),
        // A message to oneself: the echo is the answer, and the same line comes once more as a message.
        [echo, delivery] if echo == delivery => {
            tagged(echo, &format!("label={label}"), out);
            out.extend_from_slice(delivery);
        }
        // It is a batch by itself.
        [first, .., last] if is_one_batch(&lines) => {
            tagged(first, &format!("label={label}"), out);
            lines[1..lines.len() - 1].iter().for_each(|line| out.extend_from_slice(line));
            out.extend_from_slice(last);
        }
        several => {
            out.extend_from_slice(format!("@label={label} :{house} BATCH +label labeled-response\r\n").as_bytes());
            for line in several {
                // What is inside of another batch belongs to that.
                if is_in_batch(line) { out.extend_from_slice(line) } else { tagged(line, "batch=label", out) }
            }
            out.extend_from_slice(format!(":{house} BATCH -label\r\n").as_bytes());
        }
    }
}

/// Whether the first line begins a batch that ends with the last one, and not before.
fn is_one_batch(lines: &[&[u8]]) -> bool {
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return false };
    let Some(reference) = batch_named(first).and_then(|word| word.strip_prefix(b"+")) else { return false };
    let ends = |line: &&[u8]| batch_named(line).and_then(|word| word.strip_prefix(b"-")) == Some(reference);
    ends(last) && lines.iter().filter(|line| ends(line)).count() == 1
}

/// The first parameter of a line that begins or ends a batch.
fn batch_named(line: &[u8]) -> Option<&[u8]> {
    let mut words = line.trim_ascii_end().split(|byte| *byte == b' ').peekable();
    words.next_if(|word| word.starts_with(b"@"));
    words.next_if(|word| word.starts_with(b":"));
    (words.next() == Some(b"BATCH")).then(|| words.next())?
}

fn is_in_batch(line: &[u8]) -> bool {
    let tags = line.strip_prefix(b"@").and_then(|line| line.split(|byte| *byte == b' ').next());
    tags.is_some_and(|tags| tags.split(|byte| *byte == b';').any(|tag| tag.starts_with(b"batch=")))
}

/// The line with one more tag, the first.
fn tagged(line: &[u8], tag: &str, out: &mut Vec<u8>) {
    out.push(b'@');
    out.extend_from_slice(tag.as_bytes());
    match line.strip_prefix(b"@") {
        Some(rest) => {
            out.push(b';');
            out.extend_from_slice(rest);
        }
        None => {
            out.push(b' ');
            out.extend_from_slice(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(lines: &str) -> String {
        let mut out = Vec::new();
        labeled(lines.as_bytes(), "a b", "srv", &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_label_stands_on_the_line_or_on_the_batch() {
        assert_eq!(answered(""), "@label=a\\sb :srv ACK\r\n");
        assert_eq!(answered("@time=1 :x PONG\r\n"), "@label=a\\sb;time=1 :x PONG\r\n");
        assert_eq!(answered(":x 1\r\n:x 1\r\n"), "@label=a\\sb :x 1\r\n:x 1\r\n");
        let batch = ":x BATCH +r t\r\n@batch=r :x 2\r\n:x BATCH -r\r\n";
        assert_eq!(answered(batch), format!("@label=a\\sb {batch}"));
        assert!(answered(&batch.repeat(2)).starts_with("@label=a\\sb :srv BATCH +label labeled-response\r\n"));
        let two = ":x 1\r\n@batch=r :x 2\r\n";
        let all = "@label=a\\sb :srv BATCH +label labeled-response\r\n@batch=label :x 1\r\n@batch=r :x 2\r\n:srv BATCH -label\r\n";
        assert_eq!(answered(two), all);
    }
}
