//! Serving one client from its first line to its last.

use std::io::Read;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use rmcp::serve_server;

use crate::mcp::command::RunWords;
use crate::mcp::service::Service;
use crate::mcp::waits::Waits;
use crate::mcp::wire::Wire;

/// A client that reads gets what is still to be said within this time; one that does not is not waited for.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Serves whoever writes to `input` and reads from `output`, until either ends.
///
/// Calls that run then have a few seconds to come to their end; those that only wait stop at once.
///
/// # Errors
///
/// The operating system gives no threads or no way of waiting for them.
pub fn serve(
    input: impl Read + Send + 'static,
    output: impl Write + Send + 'static,
    run_words: Arc<RunWords>,
) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let waits = Arc::new(Waits::default());
    let (wire, written) = Wire::begin(input, output, waits.clone());
    runtime.block_on(async {
        // A client that leaves before it has begun is none.
        if let Ok(serving) = serve_server(Service::new(run_words, waits), wire).await {
            serving.waiting().await.ok();
        }
    });
    written.recv_timeout(LAST_WORDS).ok();
    // A call that still runs ends with the process, as a command does that is interrupted.
    runtime.shutdown_background();
    Ok(())
}
