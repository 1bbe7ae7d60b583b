//! The page in a browser, irssi and weechat, and the text door, in one room: each reads what the others say.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::clients::House;
use crate::support::skipped;

/// Somebody with the page: `tests/web/guest.mjs`.
struct Guest {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Guest {
    /// Enters the room; `None` if there is no browser, or nothing to drive it by.
    fn enter(url: &str, name: &str, room: &str) -> Option<Self> {
        let is_there = Path::new("tests/web/node_modules/playwright-core").exists()
            && (std::env::var_os("CHROMIUM").is_some() || Path::new("/usr/bin/chromium").exists());
        if !is_there {
            skipped("chromium with playwright-core (npm ci --prefix tests/web)");
            return None;
        }
        let mut command = Command::new("node");
        command.args(["tests/web/guest.mjs", url, name, room]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("node starts");
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().expect("piped")));
        Some(Self { child, input, output })
    }

    fn says(&mut self, text: &str) {
        writeln!(self.input.as_mut().expect("it is still here"), "{text}").expect("the guest takes lines");
    }

    /// The next text that the page shows is this.
    #[track_caller]
    fn reads(&mut self, text: &str) {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the guest prints lines");
        assert_eq!(serde_json::from_str::<String>(&line).ok().as_deref(), Some(text), "{line:?}");
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        // It ends with its input, and takes the browser along.
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

#[test]
fn a_browser_is_in_one_room_with_irssi_and_weechat() {
    let house = House::new();
    let server = house.open_with("127.0.0.1:0");
    let web = server.lines(1)[0].split(' ').nth(3).expect("an address").to_owned();
    let mut tom = server.user("tom");
    tom.ask("create room tea", &["tea/server: tom created the room"]);
    let Some(mut bea) = Guest::enter(&format!("http://{web}/"), "bea", "tea") else { return };
    tom.expect_line("tea/server: bea joined");
    let (Some(mut iris), Some(mut wes)) = (house.irssi(), house.weechat_of("wes")) else { return };
    for (client, name) in [(&mut iris, "iris"), (&mut wes, "wes")] {
        client.shows("No message of the day");
        client.types("/join #tea\r");
        tom.expect_line(&format!("tea/server: {name} joined"));
        client.shows("bea");
    }
    bea.says("你好 from the page 🦊");
    tom.expect_line("tea/bea: 你好 from the page 🦊");
    bea.reads("你好 from the page 🦊");
    for client in [&mut iris, &mut wes] {
        client.shows("你好 from the page 🦊");
    }
    iris.types("天地 from irssi\r");
    tom.expect_line("tea/iris: 天地 from irssi");
    wes.shows("天地 from irssi");
    wes.types("/me waves from weechat\r");
    tom.expect_line("tea/wes: * waves from weechat");
    iris.shows("waves from weechat");
    tom.ask("send tea 玄黄 from a line", &["tea/tom: 玄黄 from a line"]);
    for text in ["天地 from irssi", "* waves from weechat", "玄黄 from a line"] {
        bea.reads(text);
    }
    for client in [&mut iris, &mut wes] {
        client.shows("玄黄 from a line");
    }
    drop(bea);
    tom.expect_line("tea/server: bea left (connection closed)");
}
