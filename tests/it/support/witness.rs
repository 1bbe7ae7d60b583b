//! A server with a bystander who notices when others are disturbed.

use chatctl::server::Config;

use super::{Client, Server};

/// A bystander, to whom nothing may happen.
pub(crate) struct Witness {
    /// Before the server: who stops a server waits for its clients.
    pub(crate) witness: Client,
    pub(crate) server: Server,
}

impl Witness {
    pub(crate) fn of(config: Config) -> Self {
        let server = Server::start(config);
        let witness = server.user("witness");
        Self { witness, server }
    }

    /// Nothing came to the witness, and the server serves on.
    #[track_caller]
    pub(crate) fn saw_nothing(&mut self) {
        self.witness.expect_nothing();
        self.server.user("newcomer").ask("quit", &["server: bye"]);
        self.witness.expect_nothing();
    }
}
