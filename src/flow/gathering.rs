//! How many of those who wait share a commit. Whoever was answered often comes again at once: where a commit is slow, those are waited for, so
//! that all are in the next one and not every other half. Never waits for somebody who does not come, nor longer than a commit takes.

use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

/// A commit that is faster than this costs less than waiting would.
const SLOW: Duration = Duration::from_millis(4);

/// Takes batches from a queue.
pub struct Gathering<T> {
    queue: mpsc::Receiver<T>,
    max: usize,
    begun: Instant,
    /// How many were in the last batch or wait since, and how long it took.
    expected: usize,
    took: Duration,
}

impl<T> Gathering<T> {
    pub fn new(queue: mpsc::Receiver<T>, max: usize) -> Gathering<T> {
        Gathering { queue, max, begun: Instant::now(), expected: 0, took: Duration::ZERO }
    }

    /// Waits for the first, and takes all that are there or come at once; nothing when nobody can come any more.
    pub async fn next(&mut self, batch: &mut Vec<T>) -> usize {
        let mut count = self.queue.recv_many(batch, self.max).await;
        let (arrived, gap) = (Instant::now(), self.took / 8);
        while count > 0 && self.took >= SLOW && batch.len() < self.expected.min(self.max) && arrived.elapsed() < self.took {
            match tokio::time::timeout(gap, self.queue.recv_many(batch, self.max - batch.len())).await {
                Ok(more) if more > 0 => count += more,
                _ => break,
            }
        }
        self.begun = Instant::now();
        count
    }

    /// A batch of so many was written; they are answered next.
    pub fn written(&mut self, count: usize) {
        self.expected = count + self.queue.len();
        self.took = self.begun.elapsed();
    }
}

/// Answers all of a batch from among the callers: to wake each of them from another thread would cost a signal each, and the next batch
/// would wait for that.
pub fn answer<A: Send + 'static>(callers: &Handle, waiting: Vec<oneshot::Sender<A>>, answers: Vec<A>) {
    callers.spawn(async move {
        for (caller, answer) in waiting.into_iter().zip(answers) {
            // The caller may have gone; what was written stays written.
            let _gone = caller.send(answer);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Those who were answered and come again share the next batch with those who waited meanwhile.
    #[tokio::test]
    async fn waits_for_who_was_answered_when_writing_is_slow() {
        let (queue, waiting) = mpsc::channel(16);
        let mut gathering = Gathering::new(waiting, 8);
        let mut batch = Vec::new();
        queue.send(1).await.expect("room");
        assert_eq!(gathering.next(&mut batch).await, 1);
        gathering.begun = Instant::now().checked_sub(Duration::from_secs(8)).expect("a moment ago");
        queue.send(2).await.expect("room");
        gathering.written(1);
        let again = queue.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            again.send(3).await.expect("room");
        });
        batch.clear();
        assert_eq!(gathering.next(&mut batch).await, 2);
        assert_eq!(batch, [2, 3]);
    }
}
