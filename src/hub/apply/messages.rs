//! What users send to each other without a place that keeps it.

use std::sync::Arc;

use crate::hub::audience::{hearers, hearers_of_all};
use crate::hub::outputs::Outputs;
use crate::hub::user_id::UserId;
use crate::hub::view::View;
use crate::protocol::command::Text;
use crate::protocol::event::{Event, FileEvent, Mark};
use crate::protocol::file::FileInfo;
use crate::protocol::name::UserName;

impl View {
    /// The recipients hear what somebody of this name has written.
    pub(super) fn give_message(
        &mut self,
        to: Vec<UserId>,
        (from, text): (UserName, Text),
        mark: Mark,
        outputs: &mut Outputs,
    ) {
        self.count(mark);
        let users = to.into_iter().filter_map(|user| self.people.get(user));
        if let Some(audience) = hearers_of_all(users) {
            outputs.tell(audience, Event::Message { from, text, number: None, mark });
        }
    }

    /// The recipients hear of the file, and the sender of each of them.
    pub(super) fn give_file(
        &mut self,
        (to, by): (&[UserId], UserId),
        file: &Arc<FileInfo>,
        mark: Mark,
        outputs: &mut Outputs,
    ) {
        self.count(mark);
        let Some(sender) = self.people.get(by) else { return };
        let recipients = || to.iter().filter_map(|user| self.people.get(*user));
        if let Some(audience) = hearers_of_all(recipients()) {
            outputs.tell(
                audience,
                Event::File(FileEvent::Given { from: sender.name.clone(), file: Arc::clone(file), mark }),
            );
        }
        for recipient in recipients().filter(|recipient| recipient.name != sender.name) {
            if let Some(audience) = hearers(sender) {
                let (to, from, file) = (recipient.name.clone(), sender.name.clone(), Arc::clone(file));
                outputs.tell(audience, Event::File(FileEvent::Sent { to, from, file, mark }));
            }
        }
    }
}
