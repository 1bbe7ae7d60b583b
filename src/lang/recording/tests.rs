use super::*;

#[test]
fn what_happened_is_put_down_in_its_order() {
    let mut recording = Recording::new(["ann", "test", "7up"]);
    recording.room_exists("lobby", &[(0, "ann"), (2, "7up")]);
    recording.sent(0, "send lobby {{x}} 渊 ");
    recording.received(0, "lobby/ann: {{x}} 渊 ");
    recording.sent(1, "quit");
    recording.received(1, "server: bye");
    recording.closed(1);
    recording.sent(2, "\"\"\"");
    assert!(recording.can_be_replayed());
    insta::assert_snapshot!(recording.text(), @r#"
    # Recorded with chatctl interactive.

    connect ann, u_test as "test", u_7up as "7up"
    ann> create room lobby 7up
    ann, u_7up< lobby/server: ann created the room with 7up
    ann> send lobby {{"{{"}}x}} 渊{{" "}}
    ann< lobby/ann: {{"{{"}}x}} 渊{{" "}}
    u_test> quit
    u_test< server: bye
    u_test is closed
    u_7up> {{"\u{22}"}}""
    "#);
}

#[test]
fn it_does_not_matter_who_was_faster() {
    let play = |order: [usize; 4]| {
        let mut recording = Recording::new(["ann", "ben"]);
        recording.sent(0, "send lobby one");
        let lines = [(0, "lobby/ann: one"), (0, "ann: two"), (1, "ann: zero"), (1, "lobby/ann: one")];
        order.iter().for_each(|i| recording.received(lines[*i].0, lines[*i].1));
        recording.closed(0);
        recording.text()
    };
    insta::assert_snapshot!(play([0, 1, 2, 3]), @r"
    # Recorded with chatctl interactive.

    connect ann, ben
    ann> send lobby one
    ann< lobby/ann: one
    ann< ann: two
    ann is closed
    ben< ann: zero
    ben< lobby/ann: one
    ");
    assert_eq!(play([2, 3, 0, 1]), play([0, 1, 2, 3]));
    assert_eq!(play([2, 0, 3, 1]), play([0, 1, 2, 3]));
}

#[test]
fn strangers_and_flaws_are_told_first() {
    let mut recording = Recording::new(["ann"]);
    recording.received(0, "dave: hi");
    recording.set_strangers(["dave".to_owned()]);
    recording.flaw("the connection of ann was lost");
    recording.flaw("the connection of ann was lost");
    assert!(!recording.can_be_replayed());
    insta::assert_snapshot!(recording.text(), @r"
    # Recorded among strangers (dave): it cannot be replayed alone.
    # It cannot be replayed as it is: the connection of ann was lost.
    # Recorded with chatctl interactive.

    connect ann
    ann< dave: hi
    # the connection of ann was lost
    ");
}

#[test]
fn a_recording_has_an_end() {
    let mut recording = Recording::new(["ann"]);
    for _ in 0..20 {
        recording.received(0, &"x".repeat(1 << 20));
    }
    assert!(recording.text().len() <= MAX_BYTES + 200);
    assert!(recording.text().starts_with("# It cannot be replayed as it is: it ends in the middle"));
}

#[test]
fn an_id_of_a_file_is_a_value_and_the_statement_stands_before_what_it_caused() {
    let id = "abcdefghijklmnopqrstuvwxyz";
    let other = "zyxwvutsrqponmlkjihgfedcba";
    let mut recording = Recording::new(["ann", "lobby"]);
    let sent = |path: &str, to| RecordedTransfer::Sent { path: path.to_owned(), to };
    recording.begin_transfer();
    recording.received(1, &format!("lobby/server: ann sent the file {id} (5 bytes): x"));
    recording.received(0, &format!("lobby/server: ann sent the file {id} (5 bytes): x"));
    recording.end_transfer(0, &sent("a {{b}} \"c\"\\x", FileRecipient::Room("lobby".to_owned())));
    recording.begin_transfer();
    recording.received(0, &format!("server: sent the file {other} to lobby: y"));
    recording.received(1, &format!("server: ann sent you the file {other} (5 bytes): y"));
    recording.end_transfer(0, &sent("y", FileRecipient::Users(vec![1])));
    recording.begin_transfer();
    recording.end_transfer(1, &RecordedTransfer::Fetched { id });
    recording.begin_transfer();
    recording.end_transfer(1, &RecordedTransfer::Stopped);
    recording.begin_transfer();
    recording.received(1, "error: no-such-room: tea");
    recording.end_transfer(1, &RecordedTransfer::Refused { line: "send file room tea 5 x" });
    recording.sent(0, &format!("remove file {id}"));
    insta::assert_snapshot!(recording.text(), @r#"
    # Recorded with chatctl interactive.

    connect ann, lobby
    ann upload "a {{"{{"}}b}} \"c\"\\x" to {{"lobby"}}
    ann, lobby< lobby/server: ann sent the file {{file_1:word}} (5 bytes): x
    ann upload "y" to lobby
    ann< server: sent the file {{file_2:word}} to lobby: y
    lobby< server: ann sent you the file {{file_2}} (5 bytes): y
    lobby download {{file_1}}
    # a file of lobby was stopped
    lobby> send file room tea 5 x
    lobby< error: no-such-room: tea
    ann> remove file {{file_1}}
    "#);
}
