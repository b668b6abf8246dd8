//! A private node and the faults that it can be given.

use faults::RabbitNode;

#[tokio::test]
async fn a_private_rabbitmq_is_killed_comes_back_and_leaves_nothing() {
    let mut node = RabbitNode::start().await.unwrap();
    let url = node.url_of_new_host().await.unwrap();
    let host = url.rsplit('/').next().unwrap().to_owned();
    assert!(node.ctl(&["status"]).await.unwrap().contains("faults-"), "another node answers");
    node.memory_alarm(true).await.unwrap();
    assert!(node.ctl(&["status"]).await.unwrap().contains("Memory alarm"));
    node.kill().await.unwrap();
    assert!(tokio::net::TcpStream::connect(node.address()).await.is_err());
    assert!(node.ctl(&["status"]).await.is_err());
    node.restart().await.unwrap();
    assert!(node.ctl(&["list_vhosts"]).await.unwrap().contains(&host), "what it had on disk is gone");
    let address = node.address();
    drop(node);
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
