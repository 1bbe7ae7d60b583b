//! Blocks: lanes side by side, a turn for each of several users, and turns in sequence.

use fastrand::Rng;
use futures::future::join_all;

use super::{Lane, Record, Step};
use crate::lang::ast::{Each, LaneOwner, Name, Repeat, Statement, Together};
use crate::run::outcome::Failure;

impl<'t> Lane<'t> {
    /// The block ends when all its lanes have; every lane that fails is reported, the first to fail first.
    pub(super) async fn together(&mut self, together: &Together) -> Step {
        self.conversation.trace.statement(|| "# together".to_owned());
        let mut lanes: Vec<Lane<'t>> = together.lanes.iter().map(|lane| self.beside(&lane.owner)).collect();
        let running = lanes.iter_mut().zip(&together.lanes).map(|(lane, plan)| lane.run_beside(&plan.statements));
        let mut failures: Vec<Failure> =
            join_all(running).await.into_iter().filter_map(Result::err).flatten().collect();
        for lane in lanes {
            self.record.merge(lane.record);
            self.action = [self.action, lane.action].into_iter().flatten().max_by_key(|action| action.at);
        }
        self.conversation.trace.statement(|| "# end of together".to_owned());
        failures.sort_by_key(|failure| failure.scene.at);
        if failures.is_empty() { Ok(()) } else { Err(failures) }
    }

    pub(super) async fn each(&mut self, each: &Each) -> Step {
        for me in each.users.labels(self.me.as_ref()) {
            let mut turn = self.fork();
            turn.enter_turn_of(me);
            let step = turn.run(&each.block.statements).await;
            self.record.merge(turn.record);
            self.action = turn.action;
            step?;
        }
        Ok(())
    }

    pub(super) async fn repeat(&mut self, repeat: &Repeat) -> Step {
        let outer = self.turn;
        for turn in 1..=repeat.count.value.get() {
            self.turn = Some(turn);
            self.run(&repeat.block.statements).await?;
        }
        self.turn = outer;
        Ok(())
    }

    /// One of several lanes. Under a director its failure keeps the others from beginning anything new.
    async fn run_beside(&mut self, statements: &[Statement]) -> Step {
        let step = self.run(statements).await;
        if let (Err(_), Some(director)) = (&step, &self.conversation.director) {
            director.failed();
        }
        step
    }

    fn beside(&mut self, owner: &LaneOwner) -> Self {
        let mut lane = self.fork();
        lane.is_beside_others = true;
        match owner {
            LaneOwner::Member(me) => lane.enter_turn_of(me.clone()),
            LaneOwner::User(_) | LaneOwner::Me | LaneOwner::Block(_) => {}
        }
        lane
    }

    fn enter_turn_of(&mut self, me: Name) {
        self.scope = self.scope.inside();
        self.me = Some(me);
    }

    /// A lane that goes on from here, with its own record and its own share of the seed.
    fn fork(&mut self) -> Self {
        Self {
            conversation: self.conversation,
            source: self.source,
            scope: self.scope.clone(),
            me: self.me.clone(),
            turn: self.turn,
            action: self.action,
            intended: self.intended,
            is_counted: self.is_counted,
            is_beside_others: self.is_beside_others,
            settings: self.settings,
            random: Rng::with_seed(self.random.u64(..)),
            record: Record::default(),
        }
    }
}
