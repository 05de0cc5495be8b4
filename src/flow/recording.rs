//! Writes call-ups: evidence and new sessions of all callers that wait, in one commit, before any of them is answered (R-47, P1).
//! One flush then serves many call-ups. Decides nothing about them.

use tokio::sync::{mpsc, oneshot};

use crate::error::{Error, Result};
use crate::store::evidence::Evidence;
use crate::store::session::Session;
use crate::store::{self, Store};

/// Call-ups that may wait at once; beyond that callers are told to come back.
const QUEUE_MAX: usize = 1024;
const BATCH_MAX: usize = 256;

struct Wanted {
    evidence: Evidence,
    session: Option<Session>,
    done: oneshot::Sender<Result<()>>,
}

/// The way to the one task that writes call-ups.
pub struct Recorder {
    queue: mpsc::Sender<Wanted>,
}

impl Recorder {
    pub fn start(store: Store) -> Recorder {
        let (queue, wanted) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(run(store, wanted));
        Recorder { queue }
    }

    /// Returns when both are on disk.
    pub async fn record(&self, evidence: Evidence, session: Option<Session>) -> Result<()> {
        let (done, answer) = oneshot::channel();
        let wanted = Wanted { evidence, session, done };
        self.queue.try_send(wanted).map_err(|_| Error::Unavailable("too many call-ups wait to be written".into()))?;
        answer.await.map_err(|_| Error::Unavailable("the recorder stopped".into()))?
    }
}

async fn run(store: Store, mut wanted: mpsc::Receiver<Wanted>) {
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while wanted.recv_many(&mut batch, BATCH_MAX).await > 0 {
        let (mut evidence, mut sessions, mut waiting) = (Vec::new(), Vec::new(), Vec::new());
        for one in batch.drain(..) {
            evidence.push(one.evidence);
            sessions.extend(one.session);
            waiting.push(one.done);
        }
        let outcome = write(&store, &evidence, &sessions).await;
        for done in waiting {
            let answer = match &outcome {
                Ok(()) => Ok(()),
                Err(error) => Err(Error::Unavailable(error.to_string())),
            };
            // The caller may have gone; what was written stays written.
            let _gone = done.send(answer);
        }
    }
}

async fn write(store: &Store, evidence: &[Evidence], sessions: &[Session]) -> Result<()> {
    let mut tx = store.begin().await?;
    store::evidence::insert(&mut tx, evidence).await?;
    store::session::insert(&mut tx, sessions).await?;
    tx.commit().await
}
