// An OPC UA server of two presses on async-opcua. tests/full/test_foreign_servers.py starts it.
use std::sync::Arc;

use opcua::crypto::SecurityPolicy;
use opcua::server::address_space::{AddressSpace, VariableBuilder};
use opcua::server::diagnostics::NamespaceMetadata;
use opcua::server::node_manager::memory::{simple_node_manager, SimpleNodeManager};
use opcua::server::{ServerBuilder, ANONYMOUS_USER_TOKEN_ID};
use opcua::types::{DataTypeId, MessageSecurityMode, NodeId, ObjectId, Variant};

const URI: &str = "urn:setpoint:press:plant";
// The library owns the application's own namespace: clients can browse its nodes, but never read them.
const APPLICATION: &str = "urn:setpoint:press";

fn add(space: &mut AddressSpace, above: &NodeId, ns: u16, path: &str, name: &str, value: Variant, kind: DataTypeId, writable: bool) {
    let node = NodeId::new(ns, format!("{path}.{name}"));
    let mut builder = VariableBuilder::new(&node, name, name).data_type(kind).value(value).organized_by(above.clone());
    if writable {
        builder = builder.writable();
    }
    builder.insert(space);
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().unwrap().parse().unwrap();
    let folder = arguments.next().unwrap();
    let (server, handle) = ServerBuilder::new()
        .application_name("press")
        .application_uri(APPLICATION)
        .product_uri(APPLICATION)
        .host("127.0.0.1")
        .port(port)
        .pki_dir(format!("{folder}/pki"))
        .create_sample_keypair(true)
        .certificate_path("own/cert.der")
        .private_key_path("private/private.pem")
        .discovery_urls(vec![format!("opc.tcp://127.0.0.1:{port}/")])
        .with_node_manager(simple_node_manager(
            NamespaceMetadata { namespace_uri: URI.to_owned(), ..Default::default() },
            "press",
        ))
        .add_endpoint(
            "none",
            ("/", SecurityPolicy::None, MessageSecurityMode::None, &[ANONYMOUS_USER_TOKEN_ID] as &[&str]),
        )
        .build()
        .unwrap();
    let manager: Arc<SimpleNodeManager> = handle.node_managers().get_of_type::<SimpleNodeManager>().unwrap();
    let ns = handle.get_namespace_index(URI).unwrap();
    {
        let mut space = manager.address_space().write();
        let plant = NodeId::new(ns, "Plant");
        space.add_folder(&plant, "Plant", "Plant", &ObjectId::ObjectsFolder.into());
        for number in [3, 11] {
            let path = format!("Press{number}");
            let press = NodeId::new(ns, path.clone());
            space.add_folder(&press, path.as_str(), path.as_str(), &plant);
            add(&mut space, &press, ns, &path, "CurMachSpeed", Variant::Double(120.5), DataTypeId::Double, false);
            add(&mut space, &press, ns, &path, "MachSpeed", Variant::Int16(125), DataTypeId::Int16, true);
            add(&mut space, &press, ns, &path, "StateCurrent", Variant::Int32(6), DataTypeId::Int32, false);
        }
    }
    println!("{{\"ready\": true, \"endpoint\": \"opc.tcp://127.0.0.1:{port}\"}}");
    server.run().await.unwrap();
}
