//! `set encoding` in a script: both directions follow it from the byte on at which the server follows it.

use assert_cmd::Command;

#[track_caller]
fn passes(script: &str) {
    Command::cargo_bin("chatctl").unwrap().args(["run", "-"]).write_stdin(script).assert().success();
}

#[track_caller]
fn fails(script: &str) {
    Command::cargo_bin("chatctl").unwrap().args(["run", "-"]).write_stdin(script).assert().code(1);
}

#[test]
fn what_a_user_says_after_set_encoding_reaches_others_as_it_was_written() {
    passes(
        "connect alice, bob\nalice> set encoding gbk\nalice< server: encoding is gbk\n\
         alice> send message bob 你好\nbob< alice: 你好\nbob> send message alice 再见\nalice< bob: 再见\n",
    );
}

#[test]
fn what_a_user_hears_after_set_encoding_is_read_in_the_new_charset() {
    let begin = "connect alice\nalice> set encoding gbk\nalice< server: encoding is gbk\n";
    passes(&format!("{begin}alice raw \"ping \\xc4\\xe3\\xba\\xc3\\n\"\nalice< server: pong 你好\n"));
    passes(&format!("{begin}alice> ping 你好\nalice< server: pong 你好\n"));
    fails(&format!("{begin}alice raw \"ping \\xe4\\xbd\\xa0\\xe5\\xa5\\xbd\\n\"\nalice< server: pong 你好\n"));
}

#[test]
fn lines_of_one_block_and_raw_bytes_change_the_charset_too() {
    passes(
        "connect alice, bob\nalice> \"\"\"\nset encoding gbk\nsend message bob 你好\n\"\"\"\n\
         alice< server: encoding is gbk\nbob< alice: 你好\n",
    );
    passes(
        "connect alice, bob\nalice raw \"set enc\"\nalice raw \"oding gbk\\n\"\nalice< server: encoding is gbk\n\
         alice> send message bob 你好\nbob< alice: 你好\n",
    );
}

#[test]
fn a_charset_asked_for_instead_of_a_name_changes_nothing() {
    passes(
        "open alice\nconnect bob\nalice< server: set your name please:\nalice> set encoding gbk\n\
         alice< error: bad-name: 'set encoding gbk': 1 to 32 letters, digits, _ or -\n\
         alice< server: set your name please:\nalice> alice\nalice< server: let's start chatting!\n\
         alice> send message bob 你好\nbob< alice: 你好\n",
    );
}
