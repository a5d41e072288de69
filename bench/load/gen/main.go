// Command gen makes the load that wrk and iperf3 do not: UDP, paced requests, idle connections; and it echoes.
//
//	gen tcp-echo ADDR                       serves: returns what comes, until stdin ends
//	gen udp-echo ADDR                       the same for datagrams
//	gen udp ADDR FLOWS SECONDS              closed loop: as many datagrams in flight as four a flow, at most 200
//	gen udp-rate ADDR FLOWS RATE SECONDS    open loop: RATE datagrams a second, evenly over the flows
//	gen http-rate ADDR CONNS RATE SECONDS   GET / over kept connections, RATE a second in all
//	gen idle-tcp ADDR COUNT                 opens connections, proves each by one byte, holds them until stdin ends
//	gen idle-udp ADDR COUNT                 the same for UDP flows
//
// For bench:forward (HTTP is a request and an answer of one packet each):
//
//	gen pod ADDR                            serves: HTTP, and bulk at the next port
//	gen bulk ADDR up|down SECONDS           one stream
//	gen kept|new ADDR CLIENTS SECONDS       requests over kept connections, or over a new one each
//	gen new-until ADDR CLIENTS              the latter at an easy pace, until stdin ends
//	gen first ADDR                          asks until there is an answer, and says when
//	gen burst ADDR COUNT                    so many connections at once, one request each
//	gen reset ADDR COUNT                    transfers that the client resets midway, one after the other
//	gen each ADDR,ADDR,...                  one request at each, holds the connections until stdin ends
//	gen idle ADDR                           one request, and one more over the same connection when stdin ends
//
// A client prints one line of JSON. Whoever serves or holds prints "ready" first.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"
)

func main() {
	if len(os.Args) < 3 {
		fail(fmt.Errorf("usage: gen COMMAND ADDR ..."))
	}
	addr := os.Args[2]
	switch os.Args[1] {
	case "tcp-echo":
		echoTCP(addr)
	case "udp-echo":
		echoUDP(addr)
	case "udp":
		report(loopUDP(addr, number(3), seconds(4)))
	case "udp-rate":
		report(paceUDP(addr, number(3), number(4), seconds(5)))
	case "http-rate":
		report(paceHTTP(addr, number(3), number(4), seconds(5)))
	case "idle-tcp":
		holdTCP(addr, number(3))
	case "idle-udp":
		holdUDP(addr, number(3))
	case "pod":
		servePod(addr)
	case "bulk":
		report(bulk(addr, text(3), seconds(4)))
	case "kept", "new":
		report(loadFor(addr, number(3), os.Args[1] == "kept", seconds(4)))
	case "new-until":
		loadUntilStdinEnds(addr, number(3))
	case "first":
		report(untilFirst(addr))
	case "burst":
		report(burst(addr, number(3)))
	case "reset":
		report(resetMidway(addr, number(3)))
	case "each":
		askEach(addr)
	case "idle":
		keepIdle(addr)
	default:
		fail(fmt.Errorf("unknown command %q", os.Args[1]))
	}
}

func text(index int) string {
	if index >= len(os.Args) {
		fail(fmt.Errorf("argument %d is missing", index-1))
	}
	return os.Args[index]
}

func number(index int) int {
	value, err := strconv.Atoi(text(index))
	check(err)
	return value
}

func seconds(index int) time.Duration {
	value, err := strconv.ParseFloat(text(index), 64)
	check(err)
	return time.Duration(value * float64(time.Second))
}

func report(values map[string]float64) {
	line, err := json.Marshal(values)
	check(err)
	fmt.Println(string(line))
}

// serving says that the socket is open, and returns when stdin has ended.
func serving() {
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

func check(err error) {
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "gen:", err)
	os.Exit(1)
}
