//! `examples/bot.py`.

use std::process::{Child, Command};

use chatctl::server::Config;

use crate::support::{Server, skipped};

/// A program that ends with its test.
struct Bot(Child);

impl Drop for Bot {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_bot_of_the_examples_answers() {
    if Command::new("python3").arg("--version").output().is_err() {
        skipped("python3");
        return;
    }
    let server = Server::with_web(Config::embedded());
    let mut alice = server.user("alice");
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    let port = server.web().port().to_string();
    let bot = Command::new("python3").args(["examples/bot.py", "127.0.0.1", &port, "lobby"]).spawn().unwrap();
    let _bot = Bot(bot);
    alice.expect_line("lobby/server: echo_bot joined");
    alice.ask("send lobby nobody is meant", &["lobby/alice: nobody is meant"]);
    let said = "lobby/alice: hello echo_bot, 你好";
    alice.ask("send lobby hello echo_bot, 你好", &[said, "lobby/echo_bot: alice said: hello echo_bot, 你好"]);
}
