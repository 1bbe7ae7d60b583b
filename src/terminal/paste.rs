//! What is pasted: one line is written, several are asked about first.

use super::now::Now;
use super::screen::{Effect, Screen};
use super::user::Link;

impl Screen {
    /// Text was pasted: one line is written where the cursor is, several are asked about first.
    pub(super) fn paste(&mut self, text: &str) {
        self.completion = None;
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        if self.user().link == Link::Nameless {
            lines.truncate(1);
        }
        let more_than_one = lines.iter().filter(|line| !line.trim().is_empty()).count() > 1;
        if more_than_one {
            lines.retain(|line| !line.trim().is_empty());
            self.paste = Some(lines);
        } else {
            let line = lines.iter().find(|line| !line.trim().is_empty()).unwrap_or(&lines[0]).clone();
            self.user_mut().window_mut().editor.insert(&line);
        }
    }

    /// The lines of a paste are sent one by one, with what was being written before the first; what cannot be sent
    /// stays.
    pub(super) fn send_paste(&mut self, now: Now) -> Vec<Effect> {
        let lines = self.paste.take().unwrap_or_default();
        let mut effects = Vec::new();
        let mut rest = lines.into_iter();
        while let Some(line) = rest.next() {
            self.user_mut().window_mut().editor.insert(&line);
            effects.extend(self.submit(now));
            if !self.user().window().editor.text().is_empty() {
                let kept: Vec<String> = rest.collect();
                self.paste = Some(kept).filter(|kept| !kept.is_empty());
                break;
            }
        }
        effects
    }

    /// The lines of a paste become one.
    pub(super) fn join_paste(&mut self) {
        let lines = self.paste.take().unwrap_or_default();
        self.user_mut().window_mut().editor.insert(&lines.join(" "));
    }
}
