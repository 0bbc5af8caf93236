//! Reads the settings, serves, stops cleanly; or asks a service that runs.

use clap::Parser as _;
use natter_service::commands::{self, Command, CommandLine};
use natter_service::server::Server;
use natter_service::{Settings, StartError, telemetry};
use std::io::{self, Write as _};
use std::process::ExitCode;
use tracing_subscriber::util::SubscriberInitExt as _;

fn main() -> ExitCode {
    let CommandLine { mut settings, command } = CommandLine::parse();
    if command.is_some() {
        // What asks a service that runs has nothing to tell of its own.
        settings.otlp_endpoint = None;
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return cannot_start(&error),
    };
    let entered = runtime.enter();
    let telemetry = match telemetry::subscriber(&settings, io::stderr) {
        Ok((subscriber, telemetry)) => {
            subscriber.init();
            telemetry
        }
        Err(error) => return cannot_start(&error),
    };
    drop(entered);
    if let Some(command) = command {
        return runtime.block_on(ask(&settings, &command));
    }
    let outcome = runtime.block_on(run(&settings));
    telemetry.stop();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "cannot start");
            ExitCode::FAILURE
        }
    }
}

/// There is no log yet.
fn cannot_start(error: &dyn std::error::Error) -> ExitCode {
    drop(writeln!(io::stderr(), "cannot start: {error}"));
    ExitCode::FAILURE
}

async fn run(settings: &Settings) -> Result<(), StartError> {
    let server = Server::bind(settings).await?;
    // Whoever started us may have closed the pipe after the first line; that is no reason not to serve.
    if let Err(error) = print(&server) {
        tracing::warn!(%error, "the ready lines could not be written");
    }
    server.run(stop_signal()).await;
    tracing::info!("stopped");
    Ok(())
}

/// Asks a service that runs, and shows what it answers.
async fn ask(settings: &Settings, command: &Command) -> ExitCode {
    let lines: String = match commands::run(settings, command).await {
        Ok(lines) => lines.into_iter().map(|line| line + "\n").collect(),
        Err(error) => {
            tracing::error!("{error}");
            return ExitCode::FAILURE;
        }
    };
    match io::stdout().lock().write_all(lines.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// The ready lines, for people and for the programs that start the service.
fn print(server: &Server) -> io::Result<()> {
    let lines: String = server.ready_lines()?.into_iter().map(|line| line + "\n").collect();
    let mut stdout = io::stdout().lock();
    stdout.write_all(lines.as_bytes())?;
    stdout.flush()
}

/// SIGTERM, or Ctrl-C.
async fn stop_signal() {
    let interrupt = async { drop(tokio::signal::ctrl_c().await) };
    #[cfg(unix)]
    let terminate = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
