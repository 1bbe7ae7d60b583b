//! The writer against queues of all kinds, and against clients of any pace, with the time as a number.

use proptest::prelude::*;

use super::*;

const MS: Duration = Duration::from_millis(1);

/// Hands over the queue as its owner does; returns the next write whole, or why there is none.
fn next(writer: &mut PacedWriter, queue: &mut Vec<u8>, now: Duration) -> Result<Vec<u8>, Option<Duration>> {
    let taken = writer.take(queue);
    queue.drain(..taken);
    let bytes = match writer.next_write(now) {
        NextWrite::Write(bytes) => bytes.to_vec(),
        NextWrite::After(wait) => return Err(Some(wait)),
        NextWrite::Nothing => return Err(None),
    };
    writer.written(bytes.len(), now);
    Ok(bytes)
}

/// All writes, with the time standing still unless there is a wait.
fn writes(queue: &[u8], charset: Charset) -> Vec<Vec<u8>> {
    let (mut writer, mut queue, mut now, mut found) =
        (PacedWriter::new(charset), queue.to_vec(), Duration::ZERO, Vec::new());
    loop {
        match next(&mut writer, &mut queue, now) {
            Ok(bytes) => found.push(bytes),
            Err(Some(wait)) => now += wait,
            Err(None) => return found,
        }
    }
}

#[test]
fn what_empties_the_queue_is_written_at_once_and_followed_by_nothing_for_50_ms() {
    let mut writer = PacedWriter::new(Charset::GBK);
    assert_eq!(next(&mut writer, &mut b"one\n".to_vec(), Duration::ZERO), Ok(b"one".to_vec()));
    assert_eq!(next(&mut writer, &mut Vec::new(), 10 * MS), Err(None));
    assert_eq!(next(&mut writer, &mut b"two\n".to_vec(), 10 * MS), Err(Some(40 * MS)));
    assert_eq!(next(&mut writer, &mut b"three\n".to_vec(), 49 * MS), Err(Some(MS)));
    assert_eq!(next(&mut writer, &mut Vec::new(), 50 * MS), Ok(b"two\nthree".to_vec()));
}

#[test]
fn a_backlog_is_written_in_full_writes_without_a_pause() {
    let event = [&b"x".repeat(99)[..], b"\n"].concat();
    let lengths: Vec<usize> = writes(&event.repeat(21), Charset::GBK).iter().map(Vec::len).collect();
    assert_eq!(lengths, [1024, 1024, 51]);
}

#[test]
fn what_follows_a_backlog_too_soon_for_a_slow_client_fills_the_block_first() {
    let mut writer = PacedWriter::new(Charset::GBK);
    let mut queue = [&b"x".repeat(1023)[..], b"\n"].concat().repeat(100);
    queue.extend_from_slice(b"last\n");
    while next(&mut writer, &mut queue, Duration::ZERO).is_ok() {}
    let mut queue = [&b"y".repeat(1100)[..], b"\n"].concat();
    assert_eq!(next(&mut writer, &mut queue, Duration::ZERO), Err(Some(62 * MS)));
    let filling = next(&mut writer, &mut queue, 62 * MS).unwrap();
    assert!(filling.starts_with(b"\nyy") && filling.len() < READ_SIZE, "{}", filling.len());
    assert_eq!(next(&mut writer, &mut queue, 62 * MS), Err(Some(86 * MS)));
    let rest = next(&mut writer, &mut queue, 148 * MS).unwrap();
    assert_eq!(filling.len() + rest.len(), 1101);
}

#[test]
fn what_comes_later_begins_a_new_block() {
    let mut writer = PacedWriter::new(Charset::GBK);
    let event = [&b"x".repeat(1000)[..], b"\n"].concat();
    for at in [0, 50, 100] {
        assert_eq!(next(&mut writer, &mut event.clone(), at * MS).unwrap().len(), 1000);
    }
}

#[test]
fn a_character_that_does_not_fit_goes_into_the_next_write() {
    let mut text = Charset::GBK.encode(&"渊".repeat(600));
    text.insert(0, b'x');
    text.push(b'\n');
    let found = writes(&text, Charset::GBK);
    assert_eq!(found[0].len(), READ_SIZE);
    assert_eq!(Charset::GBK.decode(&found[0]).unwrap(), format!("x{} ", "渊".repeat(511)));
    assert_eq!(Charset::GBK.decode(&found[1]).unwrap(), "渊".repeat(89));
}

#[test]
fn no_write_ends_with_a_newline() {
    for length in [1021, 1022, 1023, 1024, 1025] {
        let queue = [&b"x".repeat(length)[..], b"\nnext\n"].concat();
        for write in writes(&queue, Charset::GBK) {
            assert!(!write.ends_with(b"\n"), "after an event of {length} bytes");
        }
        let alone = [&b"x".repeat(length)[..], b"\n"].concat();
        assert_eq!(writes(&alone, Charset::GBK).concat(), b"x".repeat(length));
    }
}

#[test]
fn a_write_that_the_socket_takes_in_pieces_goes_on_where_it_was() {
    let mut writer = PacedWriter::new(Charset::GBK);
    writer.take(b"hello\n");
    assert_eq!(writer.next_write(Duration::ZERO), NextWrite::Write(b"hello"));
    writer.written(2, Duration::ZERO);
    writer.take(b"later\n");
    assert_eq!(writer.next_write(100 * MS), NextWrite::Write(b"llo"));
    writer.written(3, 100 * MS);
    assert_eq!(writer.next_write(100 * MS), NextWrite::After(50 * MS));
}

/// An old client that needs so long to show a line, at the other end of a socket that takes everything at once.
struct OldClient {
    showing_a_line: Duration,
    socket: Vec<u8>,
    reads_at: Duration,
    shown: Vec<String>,
}

impl OldClient {
    /// Reads until `now`, when more will be written.
    fn read_until(&mut self, now: Duration) {
        while self.reads_at < now && !self.socket.is_empty() {
            let read: Vec<u8> = self.socket.drain(..self.socket.len().min(READ_SIZE)).collect();
            let text = Charset::GBK.decode(&read).expect("no read ends inside a character").into_owned();
            self.reads_at += self.showing_a_line * u32::try_from(text.lines().count()).unwrap();
            self.shown.push(text);
        }
    }

    fn arrives(&mut self, bytes: &[u8], now: Duration) {
        self.read_until(now);
        self.reads_at = self.reads_at.max(now);
        self.socket.extend_from_slice(bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_client_of_any_pace_shows_everything_whole_and_in_order(
        events in prop::collection::vec(("[a渊é ]{0,120}", 0_u32..2000), 1..200),
        showing_a_line in 0_u32..12_001,
        burst in 1_usize..100,
    ) {
        let (mut writer, mut queue, mut now) = (PacedWriter::new(Charset::GBK), Vec::new(), Duration::ZERO);
        let mut client = OldClient {
            showing_a_line: Duration::from_micros(showing_a_line.into()),
            socket: Vec::new(),
            reads_at: Duration::ZERO,
            shown: Vec::new(),
        };
        let mut sent = String::new();
        let mut coming = events.iter().enumerate();
        let mut comes_at = Duration::ZERO;
        let mut event = coming.next();
        loop {
            if let Some((i, (text, pause))) = event.filter(|_| comes_at <= now) {
                let text = format!("{i}:{text}");
                queue.extend_from_slice(&Charset::GBK.encode(&format!("{text}\n")));
                sent.push_str(&text);
                // Bursts, with pauses of up to 200 ms between.
                comes_at += if i % burst == 0 { MS * *pause / 10 } else { Duration::from_micros(100) };
                event = coming.next();
                continue;
            }
            match next(&mut writer, &mut queue, now) {
                Ok(bytes) => client.arrives(&bytes, now),
                Err(Some(wait)) if event.is_some() => now = comes_at.min(now + wait),
                Err(Some(wait)) => now += wait,
                Err(None) if event.is_some() => now = comes_at,
                Err(None) => break,
            }
        }
        client.read_until(Duration::MAX);
        let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        prop_assert_eq!(bare(&client.shown.concat()), bare(&sent));
    }

    #[test]
    fn every_write_is_full_or_the_last_and_holds_whole_characters(
        events in prop::collection::vec("[a渊é🦊 ]{1,400}", 1..30),
        label in prop::sample::select(vec!["gbk", "gb18030", "utf-8", "big5", "shift_jis"]),
    ) {
        let charset = Charset::by_character(label).unwrap();
        let mut queue = Vec::new();
        for event in &events {
            charset.encode_into(&format!("{event}\n"), &mut queue);
        }
        let found = writes(&queue, charset);
        for (i, write) in found.iter().enumerate() {
            prop_assert!(charset.decode(write).is_ok());
            prop_assert!(write.len() == READ_SIZE || (i + 1 == found.len() && write.len() < READ_SIZE));
        }
        let without_blanks = |bytes: &[u8]| bytes.iter().copied().filter(|b| *b != b' ').collect::<Vec<_>>();
        let mut sent = without_blanks(&found.concat());
        sent.push(b'\n');
        prop_assert_eq!(sent, without_blanks(&queue));
    }
}
