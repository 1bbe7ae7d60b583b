//! Where log lines go: to a thread of its own, through a bounded buffer. Whoever logs never waits; if nobody reads standard
//! error, lines are dropped, counted, and the number is told in front of the next line that is written.

use std::io::{self, Write};

use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

/// Lines that wait for standard error at most: about 2 MB.
const LINES: usize = 8192;

/// The way to the thread that writes.
#[derive(Debug)]
pub(crate) struct LogWriter {
    lines: NonBlocking,
    dropped: ErrorCounter,
    /// How many dropped lines have been told of.
    told: usize,
}

impl LogWriter {
    /// Writes to `out` until the guard is dropped.
    pub(crate) fn new(out: impl Write + Send + 'static) -> (Self, WorkerGuard) {
        Self::with_room_for(LINES, out)
    }

    fn with_room_for(lines: usize, out: impl Write + Send + 'static) -> (Self, WorkerGuard) {
        let builder = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(lines).thread_name("log");
        let (lines, guard) = builder.finish(out);
        let dropped = lines.error_counter();
        (Self { lines, dropped, told: 0 }, guard)
    }
}

impl Write for LogWriter {
    /// Takes one whole line.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let dropped = self.dropped.dropped_lines();
        if dropped > self.told {
            let note = format!("chatctl: {} log lines were dropped: nobody read them in time\n", dropped - self.told);
            self.lines.write_all(note.as_bytes())?;
            // A note that was dropped itself is told again, with the lines of then.
            if self.dropped.dropped_lines() == dropped {
                self.told = dropped;
            }
        }
        self.lines.write_all(line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{self, Receiver, Sender};

    use super::*;

    /// Standard error that is read when the test says so.
    struct Pipe {
        may_write: Receiver<()>,
        written: Sender<String>,
    }

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.may_write.recv();
            let _ = self.written.send(String::from_utf8_lossy(bytes).into_owned());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_log_that_nobody_reads_holds_nobody_up_and_says_what_was_dropped() {
        let (reads, may_write) = mpsc::channel();
        let (written, lines) = mpsc::channel();
        let (mut writer, _guard) = LogWriter::with_room_for(2, Pipe { may_write, written });
        for number in 0..100 {
            writer.write_all(format!("line {number}\n").as_bytes()).unwrap();
        }
        drop(reads);
        assert_eq!(lines.recv().unwrap(), "line 0\n");
        let told = loop {
            writer.write_all(b"after\n").unwrap();
            match lines.recv().unwrap() {
                line if line.contains("dropped") => break line,
                line => assert!(line.starts_with("line") || line == "after\n", "{line}"),
            }
        };
        assert!(told.starts_with("chatctl: "), "{told}");
        assert!(told.ends_with(" log lines were dropped: nobody read them in time\n"), "{told}");
    }
}
