//! Threads that read, hash and write files. They give way to all others: whoever chats must not wait for whoever sends.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use async_channel::{Receiver, Sender};
use async_std::task::spawn_blocking;
use futures::channel::oneshot;

/// Threads that read.
const READERS: usize = 3;

/// How much less important the threads are than the others, as `nice` counts.
const NICE: i32 = 10;

type Job = Box<dyn FnOnce() + Send>;

/// Does what may wait for the disk. As many jobs wait as there are transfers: each waits for its last one.
pub(super) struct DiskThreads {
    reading: Sender<Job>,
    /// To one thread: uploads take turns on the disk, so that a message that is to be kept waits for one of them at most.
    writing: Sender<Job>,
}

impl DiskThreads {
    /// They end when this is dropped.
    pub(super) fn start() -> Self {
        Self { reading: threads(READERS), writing: threads(1) }
    }

    /// Begins to read something. Whoever waits for what is returned gets its result.
    pub(super) fn read<T, F>(&self, work: F) -> impl Future<Output = T> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        run(&self.reading, work)
    }

    /// The same, to write something.
    pub(super) fn write<T, F>(&self, work: F) -> impl Future<Output = T> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        run(&self.writing, work)
    }
}

/// So many threads, and where their jobs come from.
fn threads(number: usize) -> Sender<Job> {
    let (jobs, waiting) = async_channel::unbounded();
    for _ in 0..number {
        let waiting = waiting.clone();
        let thread = thread::Builder::new().name("files".to_owned());
        if let Err(error) = thread.spawn(move || work(&waiting)) {
            tracing::warn!("a thread for files cannot be started, so transfers may slow the chat: {error}");
        }
    }
    jobs
}

fn run<T, F>(jobs: &Sender<Job>, work: F) -> impl Future<Output = T> + Send + use<T, F>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let (done, result) = oneshot::channel();
    let job: Job = Box::new(move || {
        // Whoever waited may be gone.
        let _ = done.send(catch_unwind(AssertUnwindSafe(work)));
    });
    // Without a thread, those that others wait in do it.
    if let Err(job) = jobs.try_send(job) {
        drop(spawn_blocking(job.into_inner()));
    }
    async move {
        let result = result.await.expect("a job says what became of it");
        result.unwrap_or_else(|panic| resume_unwind(panic))
    }
}

fn work(waiting: &Receiver<Job>) {
    // The thread alone, not the process. That it cannot be had is no harm.
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE);
    while let Ok(job) = waiting.recv_blocking() {
        job();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use async_std::task::block_on;

    use super::*;

    #[test]
    fn what_is_done_gives_way_to_others_and_a_panic_reaches_who_waits() {
        let threads = Arc::new(DiskThreads::start());
        let nice = || rustix::process::getpriority_process(Some(rustix::thread::gettid())).unwrap();
        assert_eq!(block_on(threads.read(nice)), NICE.max(nice()));
        let broken = Arc::clone(&threads);
        let failed = thread::spawn(move || block_on(broken.write(|| panic!("a bug")))).join();
        assert!(failed.is_err());
        // The thread that it happened in is the only one that writes, and goes on.
        assert_eq!(block_on(threads.write(|| 7)), 7);
    }
}
