//! Files as the clients of the Python chat room hear of them.

use std::time::Duration;

use chatctl::server::{Config, WebConfig};

use super::send;
use crate::support::Server;
use crate::support::fake::old_client::OldClient;

#[test]
fn an_old_client_reads_where_the_web_door_has_the_file() {
    for address in [Some("http://chat.lan:7668"), None] {
        let web = WebConfig { address: address.map(Into::into), ..WebConfig::default() };
        let server =
            Server::with_legacy_and(Config { slow_timeout: Duration::from_secs(1), web, ..Config::embedded() });
        let mut old = OldClient::log_in(server.legacy(), "渊渊");
        let mut alice = server.user("alice");
        alice.ask("create room lobby 渊渊", &["lobby/server: alice created the room with 渊渊"]);
        old.shows("server: lobby: alice created the room with 渊渊");
        let id = send(server.addr, &mut alice, "a report.pdf", b"hello");
        let at = address.map_or(String::new(), |door| format!(": {door}/files/{id}/a%20report.pdf"));
        old.shows(&format!("server: lobby: alice sent the file a report.pdf (5 bytes){at}"));
        old.types("send file room lobby 104857601 x");
        old.shows("server: error: too-large: more than 104857600 bytes");
    }
}
