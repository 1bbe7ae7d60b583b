use std::sync::mpsc;
use std::time::{Duration, SystemTime};

use super::*;
use crate::hub::{Hub, Limits, Now, Output, SessionOrigin};
use crate::protocol::command::Command;
use crate::protocol::name::UserName;
use crate::protocol::token::Epoch;

#[test]
fn a_record_is_durable_once_its_commit_is_made_and_its_page_answered_then() {
    let store = Manual::default();
    let (told, commits) = mpsc::channel();
    let told = Mutex::new(told);
    store.on_commit(Box::new(move |commit| told.locked().send(commit).unwrap()));
    let now = Now { monotonic: Duration::ZERO, wall: SystemTime::UNIX_EPOCH };
    let mut hub = Hub::new(Limits::default(), Epoch::new(1));
    let (alice, _) = hub.connect(SessionOrigin::Remote, "text", now);
    let _ = hub.log_in(alice, Ok(UserName::new("alice").unwrap()));
    let mut commit = store.durable();
    let (answer, answers) = mpsc::channel();
    for line in ["create room lobby", "history lobby"] {
        for output in hub.carry_out(alice, Command::parse(line).unwrap().unwrap(), now) {
            match output {
                Output::Keep(record) => commit = store.keep(record),
                Output::Ask(_, question) => {
                    let answer = answer.clone();
                    store.ask(question, commit, Box::new(move |found| answer.send(found).unwrap()));
                }
                Output::Tell(..)
                | Output::TakeFile(..)
                | Output::RemoveFile(..)
                | Output::TellStats(_)
                | Output::Check(..)
                | Output::MakeToken(_)
                | Output::MakePassword(..)
                | Output::SetNumbers(..)
                | Output::SetCharset(..)
                | Output::Close(_) => {}
            }
        }
    }
    assert!(commit > store.durable() && !store.commit(), "what is being collected is not committed");
    store.seal();
    store.fail(Hindrance::DiskFull);
    assert_eq!(commits.try_recv(), Ok(Err(Hindrance::DiskFull)));
    assert!(commit > store.durable() && answers.try_recv().is_err());
    assert!(store.commit());
    assert_eq!((store.durable(), commits.try_recv()), (commit, Ok(Ok(commit))));
    assert!(answers.try_recv().is_ok());
    store.seal();
    assert!(!store.commit(), "nothing was kept since");
}
