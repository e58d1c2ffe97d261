// An OPC UA server of two presses on Eclipse Milo. ../../test_foreign_servers.py starts it.
import java.io.File;
import java.util.List;
import java.util.Set;

import org.eclipse.milo.opcua.sdk.core.AccessLevel;
import org.eclipse.milo.opcua.sdk.core.Reference;
import org.eclipse.milo.opcua.sdk.server.OpcUaServer;
import org.eclipse.milo.opcua.sdk.server.api.DataItem;
import org.eclipse.milo.opcua.sdk.server.api.ManagedNamespaceWithLifecycle;
import org.eclipse.milo.opcua.sdk.server.api.MonitoredItem;
import org.eclipse.milo.opcua.sdk.server.api.config.OpcUaServerConfig;
import org.eclipse.milo.opcua.sdk.server.nodes.UaFolderNode;
import org.eclipse.milo.opcua.sdk.server.nodes.UaVariableNode;
import org.eclipse.milo.opcua.sdk.server.util.SubscriptionModel;
import org.eclipse.milo.opcua.stack.core.Identifiers;
import org.eclipse.milo.opcua.stack.core.security.DefaultCertificateManager;
import org.eclipse.milo.opcua.stack.core.security.DefaultTrustListManager;
import org.eclipse.milo.opcua.stack.core.security.SecurityPolicy;
import org.eclipse.milo.opcua.stack.core.types.builtin.DataValue;
import org.eclipse.milo.opcua.stack.core.types.builtin.LocalizedText;
import org.eclipse.milo.opcua.stack.core.types.builtin.NodeId;
import org.eclipse.milo.opcua.stack.core.types.builtin.Variant;
import org.eclipse.milo.opcua.stack.core.types.enumerated.MessageSecurityMode;
import org.eclipse.milo.opcua.stack.server.EndpointConfiguration;
import org.eclipse.milo.opcua.stack.server.security.DefaultServerCertificateValidator;

public class Peer {
    public static void main(String[] words) throws Exception {
        int port = Integer.parseInt(words[0]);
        DefaultTrustListManager trusted = new DefaultTrustListManager(new File(words[1], "pki"));
        OpcUaServerConfig config = OpcUaServerConfig.builder()
            .setApplicationUri("urn:setpoint:press")
            .setApplicationName(LocalizedText.english("press"))
            .setCertificateManager(new DefaultCertificateManager())
            .setTrustListManager(trusted)
            .setCertificateValidator(new DefaultServerCertificateValidator(trusted))
            .setEndpoints(Set.of(EndpointConfiguration.newBuilder()
                .setBindAddress("127.0.0.1").setHostname("127.0.0.1").setBindPort(port).setPath("")
                .setSecurityPolicy(SecurityPolicy.None).setSecurityMode(MessageSecurityMode.None)
                .addTokenPolicies(OpcUaServerConfig.USER_TOKEN_POLICY_ANONYMOUS)
                .build()))
            .build();
        OpcUaServer server = new OpcUaServer(config);
        new Plant(server).startup();
        server.startup().get();
        System.out.println("{\"ready\": true, \"endpoint\": \"opc.tcp://127.0.0.1:" + port + "\"}");
        Thread.sleep(Long.MAX_VALUE);
    }

    static class Plant extends ManagedNamespaceWithLifecycle {
        private final SubscriptionModel subscriptions;

        Plant(OpcUaServer server) {
            super(server, "urn:setpoint:press:plant");
            subscriptions = new SubscriptionModel(server, this);
            getLifecycleManager().addLifecycle(subscriptions);
            getLifecycleManager().addStartupTask(this::build);
        }

        private void build() {
            UaFolderNode plant = folder("Plant");
            plant.addReference(new Reference(
                plant.getNodeId(), Identifiers.Organizes, Identifiers.ObjectsFolder.expanded(), false));
            for (int number : new int[] {3, 11}) {
                String path = "Press" + number;
                UaFolderNode press = folder(path);
                plant.addOrganizes(press);
                variable(press, path, "CurMachSpeed", 120.5, Identifiers.Double, false);
                variable(press, path, "MachSpeed", (short) 125, Identifiers.Int16, true);
                variable(press, path, "StateCurrent", 6, Identifiers.Int32, false);
            }
        }

        private UaFolderNode folder(String name) {
            UaFolderNode node = new UaFolderNode(
                getNodeContext(), newNodeId(name), newQualifiedName(name), LocalizedText.english(name));
            getNodeManager().addNode(node);
            return node;
        }

        private void variable(UaFolderNode above, String path, String name, Object value, NodeId type, boolean writable) {
            UaVariableNode node = new UaVariableNode.UaVariableNodeBuilder(getNodeContext())
                .setNodeId(newNodeId(path + "." + name))
                .setAccessLevel(writable ? AccessLevel.READ_WRITE : AccessLevel.READ_ONLY)
                .setUserAccessLevel(writable ? AccessLevel.READ_WRITE : AccessLevel.READ_ONLY)
                .setBrowseName(newQualifiedName(name))
                .setDisplayName(LocalizedText.english(name))
                .setDataType(type)
                .setTypeDefinition(Identifiers.BaseDataVariableType)
                .build();
            node.setValue(new DataValue(new Variant(value)));
            getNodeManager().addNode(node);
            above.addOrganizes(node);
        }

        @Override public void onDataItemsCreated(List<DataItem> items) { subscriptions.onDataItemsCreated(items); }
        @Override public void onDataItemsModified(List<DataItem> items) { subscriptions.onDataItemsModified(items); }
        @Override public void onDataItemsDeleted(List<DataItem> items) { subscriptions.onDataItemsDeleted(items); }
        @Override public void onMonitoringModeChanged(List<MonitoredItem> items) { subscriptions.onMonitoringModeChanged(items); }
    }
}
