//! The pipes to a client, as the SDK sees them: whole messages in, whole lines out.
//!
//! Two threads read and write, because pipes have no other way of not being waited for; whoever ends leaves them behind.

use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::sync::Arc;
use std::thread;

use rmcp::RoleServer;
use rmcp::service::RxJsonRpcMessage;
use rmcp::service::TxJsonRpcMessage;
use rmcp::transport::Transport;
use serde_json::Value;
use tokio::sync::mpsc;

use crate::mcp::entrance;
use crate::mcp::entrance::Entrance;
use crate::mcp::entrance::Judged;
use crate::mcp::entrance::LINE_BYTES_MAX;
use crate::mcp::lines;
use crate::mcp::lines::Line;
use crate::mcp::waits::Waits;
use crate::ui::json_line;

/// So many messages wait on each way; whoever has more to say waits itself.
const MESSAGES_MAX: usize = 8;

/// A client went away.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads what is said")]
pub(crate) struct Gone;

/// The pipes to a client.
pub(crate) struct Wire {
    incoming: mpsc::Receiver<Box<RxJsonRpcMessage<RoleServer>>>,
    outgoing: mpsc::Sender<Value>,
    /// The calls that nobody waits for any more when the client is gone.
    waits: Arc<Waits>,
}

impl Wire {
    /// Begins to read and to write. The receiver is told when everything is written.
    pub(crate) fn begin(
        input: impl Read + Send + 'static,
        output: impl Write + Send + 'static,
        waits: Arc<Waits>,
    ) -> (Self, std::sync::mpsc::Receiver<()>) {
        let (taken, incoming) = mpsc::channel(MESSAGES_MAX);
        let (outgoing, said) = mpsc::channel(MESSAGES_MAX);
        let (is_written, written) = std::sync::mpsc::channel();
        let answers = outgoing.clone();
        thread::spawn(move || read(input, &taken, &answers));
        thread::spawn(move || {
            write(output, said);
            is_written.send(()).ok();
        });
        (Self { incoming, outgoing, waits }, written)
    }
}

impl Transport<RoleServer> for Wire {
    type Error = Gone;

    fn send(&mut self, item: TxJsonRpcMessage<RoleServer>) -> impl Future<Output = Result<(), Gone>> + Send + 'static {
        let outgoing = self.outgoing.clone();
        async move {
            let object = serde_json::to_value(&item).map_err(|_| Gone)?;
            outgoing.send(object).await.map_err(|_| Gone)
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        // Who does not read what is said is not listened to, so that nothing piles up.
        let message = match self.outgoing.reserve().await {
            Ok(_) => {
                tokio::select! {
                    message = self.incoming.recv() => message,
                    () = self.outgoing.closed() => None,
                }
            }
            Err(_) => None,
        };
        if message.is_none() {
            self.waits.end();
        }
        message.map(|message| *message)
    }

    async fn close(&mut self) -> Result<(), Gone> {
        self.incoming.close();
        Ok(())
    }
}

fn read(input: impl Read, taken: &mpsc::Sender<Box<RxJsonRpcMessage<RoleServer>>>, answers: &mpsc::Sender<Value>) {
    let (mut input, mut entrance) = (BufReader::new(input), Entrance::default());
    loop {
        let judged = match lines::read(&mut input, LINE_BYTES_MAX) {
            Ok(Line::Whole(line)) => entrance.judge(&line),
            Ok(Line::TooLong) => Judged::Answer(entrance::too_long()),
            Ok(Line::End) | Err(_) => return,
        };
        let is_taken = match judged {
            Judged::Message(message) => taken.blocking_send(message).is_ok(),
            Judged::Answer(answer) => answers.blocking_send(answer).is_ok(),
            Judged::Nothing => true,
        };
        if !is_taken {
            return;
        }
    }
}

fn write(mut output: impl Write, mut said: mpsc::Receiver<Value>) {
    while let Some(object) = said.blocking_recv() {
        let line = format!("{}\n", json_line(&object));
        if output.write_all(line.as_bytes()).and_then(|()| output.flush()).is_err() {
            return;
        }
    }
}
