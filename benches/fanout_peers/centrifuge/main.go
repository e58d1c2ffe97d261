// The fan-out bench's server on Go's centrifuge: the same deltas, lines and answers as benches/fanout_servers.py.
//
// A client is subscribed when it connects. Pings are off, as in the other bare peers.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/centrifugal/centrifuge"
)

var numbers = map[string]int{}

func delta(topic string, machines any, kpis any) []byte {
	numbers[topic]++
	body, _ := json.Marshal(machines)
	more := ""
	if kpis != nil {
		figures, _ := json.Marshal(kpis)
		more = `,"kpis":` + string(figures)
	}
	ts := float64(time.Now().UnixMicro()) / 1e6
	return fmt.Appendf(nil, `{"type":"delta","topic":"%s","seq":%d,"ts":%.3f,"machines":%s%s}`,
		topic, numbers[topic], ts, body, more)
}

func values(turn int) map[string]float64 {
	found := map[string]float64{"speed": 100.5 + float64(turn%7)}
	for at := range 12 {
		found[fmt.Sprintf("signal%d", at)] = 40.5 + float64(turn%11)
	}
	return found
}

type message struct {
	topic string
	data  []byte
}

func due(word string, turn int) []message {
	found := []message{{"m:101", delta("m:101", map[string]any{"m_101": values(turn)}, nil)}}
	if word == "page" && turn%4 == 0 {
		all := map[string]any{}
		for at := range 100 {
			all[fmt.Sprintf("m_%d", 101+at)] = map[string]int{"speed": turn % 50, "temp": turn % 9}
		}
		found = append(found, message{"line:01", delta("line:01", all, nil)})
	}
	if word == "page" && turn%20 == 0 {
		kpis := map[string]any{"line:01": map[string]int{"meanSpeed": turn % 50, "parts": turn}}
		found = append(found, message{"dashboard:global", delta("dashboard:global", map[string]any{}, kpis)})
	}
	return found
}

func cpuNs() int64 {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func rssKb() int {
	text, _ := os.ReadFile("/proc/self/statm")
	pages, _ := strconv.Atoi(strings.Fields(string(text))[1])
	return pages * os.Getpagesize() / 1024
}

func answer(found map[string]any) {
	text, _ := json.Marshal(found)
	fmt.Println(string(text))
}

func run(node *centrifuge.Node, word string, rate, seconds float64) {
	began, next, frames := cpuNs(), time.Now(), 0
	for turn := range int(rate*seconds + 0.5) {
		for _, each := range due(word, turn) {
			frames += node.Hub().NumSubscribers(each.topic)
			if _, err := node.Publish(each.topic, each.data); err != nil {
				panic(err)
			}
		}
		next = next.Add(time.Duration(float64(time.Second) / rate))
		time.Sleep(time.Until(next))
	}
	answer(map[string]any{"cpu_ns": cpuNs() - began, "frames": frames})
}

func main() {
	node, err := centrifuge.New(centrifuge.Config{})
	if err != nil {
		panic(err)
	}
	topics := map[string]centrifuge.SubscribeOptions{"m:101": {}, "line:01": {}, "dashboard:global": {}}
	node.OnConnecting(func(context.Context, centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		return centrifuge.ConnectReply{
			Credentials:    &centrifuge.Credentials{UserID: "anna"},
			Subscriptions:  topics,
			PingPongConfig: &centrifuge.PingPongConfig{PingInterval: -1, PongTimeout: -1},
		}, nil
	})
	if err := node.Run(); err != nil {
		panic(err)
	}
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	http.Handle("/live", centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{Compression: true}))
	go func() { _ = http.Serve(door, nil) }()
	answer(map[string]any{"port": door.Addr().(*net.TCPAddr).Port})
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if words[0] == "rss" {
			answer(map[string]any{"rss_kb": rssKb()})
			continue
		}
		rate, _ := strconv.ParseFloat(words[1], 64)
		seconds, _ := strconv.ParseFloat(words[2], 64)
		run(node, words[0], rate, seconds)
	}
}
