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
	default:
		fail(fmt.Errorf("unknown command %q", os.Args[1]))
	}
}

func number(index int) int {
	if index >= len(os.Args) {
		fail(fmt.Errorf("argument %d is missing", index-1))
	}
	value, err := strconv.Atoi(os.Args[index])
	check(err)
	return value
}

func seconds(index int) time.Duration {
	if index >= len(os.Args) {
		fail(fmt.Errorf("argument %d is missing", index-1))
	}
	value, err := strconv.ParseFloat(os.Args[index], 64)
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
