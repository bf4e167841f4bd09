//! What stands before the replicas: takes connections and hands each to the next process that is there.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A balancer of connections. Gone when dropped.
#[derive(Debug)]
pub struct Front {
    pub url: String,
    accepting: JoinHandle<()>,
}

impl Front {
    pub async fn open(replicas: Vec<SocketAddr>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let replicas: Arc<[SocketAddr]> = replicas.into();
        let accepting = tokio::spawn(async move {
            for turn in 0.. {
                let Ok((mut client, _)) = listener.accept().await else { continue };
                let replicas = Arc::clone(&replicas);
                tokio::spawn(async move {
                    // With nobody there the client's connection just ends.
                    if let Some(mut replica) = connect(&replicas, turn).await {
                        let _ = copy_bidirectional(&mut client, &mut replica).await;
                    }
                });
            }
        });
        Self { url, accepting }
    }
}

async fn connect(replicas: &[SocketAddr], turn: usize) -> Option<TcpStream> {
    for index in 0..replicas.len() {
        if let Ok(stream) = TcpStream::connect(replicas[(turn + index) % replicas.len()]).await {
            return Some(stream);
        }
    }
    None
}

impl Drop for Front {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
