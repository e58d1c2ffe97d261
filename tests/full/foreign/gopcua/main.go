// An OPC UA server of two presses on gopcua. ../../test_foreign_servers.py starts it.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strconv"

	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/server"
	"github.com/gopcua/opcua/server/attrs"
	"github.com/gopcua/opcua/ua"
)

func variable(ns *server.NodeNameSpace, above *server.Node, path string, name string, value any, writable bool) {
	level := ua.AccessLevelTypeCurrentRead
	if writable {
		level |= ua.AccessLevelTypeCurrentWrite
	}
	node := server.NewNode(
		ua.NewStringNodeID(ns.ID(), path+"."+name),
		map[ua.AttributeID]*ua.DataValue{
			ua.AttributeIDAccessLevel:     server.DataValueFromValue(byte(level)),
			ua.AttributeIDUserAccessLevel: server.DataValueFromValue(byte(level)),
			ua.AttributeIDBrowseName:      server.DataValueFromValue(attrs.BrowseName(name)),
			ua.AttributeIDNodeClass:       server.DataValueFromValue(uint32(ua.NodeClassVariable)),
		},
		nil,
		func() *ua.DataValue { return server.DataValueFromValue(value) },
	)
	ns.AddNode(node)
	above.AddRef(node, id.HasComponent, true)
}

func folder(ns *server.NodeNameSpace, above *server.Node, name string) *server.Node {
	node := server.NewNode(
		ua.NewStringNodeID(ns.ID(), name),
		map[ua.AttributeID]*ua.DataValue{
			ua.AttributeIDBrowseName: server.DataValueFromValue(attrs.BrowseName(name)),
			ua.AttributeIDNodeClass:  server.DataValueFromValue(uint32(ua.NodeClassObject)),
		},
		nil,
		nil,
	)
	ns.AddNode(node)
	above.AddRef(node, id.HasComponent, true)
	return node
}

func main() {
	port, err := strconv.Atoi(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	s := server.New(
		server.EnableSecurity("None", ua.MessageSecurityModeNone),
		server.EnableAuthMode(ua.UserTokenTypeAnonymous),
		server.EndPoint("127.0.0.1", port),
	)
	if err := s.Start(context.Background()); err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	root, _ := s.Namespace(0)
	ns := server.NewNodeNameSpace(s, "urn:setpoint:press")
	objects := ns.Objects()
	root.Objects().AddRef(objects, id.HasComponent, true)
	plant := folder(ns, objects, "Plant")
	for _, number := range []int{3, 11} {
		path := fmt.Sprintf("Press%d", number)
		press := folder(ns, plant, path)
		variable(ns, press, path, "CurMachSpeed", 120.5, false)
		variable(ns, press, path, "MachSpeed", int16(125), true)
		variable(ns, press, path, "StateCurrent", int32(6), false)
	}
	fmt.Printf("{\"ready\": true, \"endpoint\": \"opc.tcp://127.0.0.1:%d\"}\n", port)
	select {}
}
