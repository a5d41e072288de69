package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

const idleDialers = 32

func echoTCP(addr string) {
	listener, err := net.Listen("tcp", addr)
	check(err)
	go func() {
		for {
			conn, err := listener.Accept()
			check(err)
			go func() {
				defer conn.Close()
				io.CopyBuffer(struct{ io.Writer }{conn}, struct{ io.Reader }{conn}, make([]byte, 512))
			}()
		}
	}()
	serving()
}

func holdTCP(addr string, count int) {
	conns := make([]net.Conn, count)
	var waiting sync.WaitGroup
	for first := range idleDialers {
		waiting.Go(func() {
			for i := first; i < count; i += idleDialers {
				conn, err := net.Dial("tcp", addr)
				check(err)
				_, err = conn.Write([]byte{'x'})
				check(err)
				_, err = io.ReadFull(conn, make([]byte, 1))
				check(err)
				conns[i] = conn
			}
		})
	}
	waiting.Wait()
	serving()
}

// paceHTTP sends from every connection in turn. A request counts from its sending, or from its due time where the
// answer before it was late.
func paceHTTP(addr string, conns int, rate int, duration time.Duration) map[string]float64 {
	every := time.Duration(float64(conns) / float64(rate) * float64(time.Second))
	offset := time.Duration(float64(time.Second) / float64(rate))
	start := time.Now().Add(50 * time.Millisecond)
	times := make([][]time.Duration, conns)
	var waiting sync.WaitGroup
	for i := range conns {
		waiting.Go(func() { times[i] = pace(addr, start.Add(time.Duration(i)*offset), every, duration) })
	}
	waiting.Wait()
	all := slices.Concat(times...)
	slices.Sort(all)
	at := func(q float64) float64 { return float64(all[int(float64(len(all)-1)*q)].Microseconds()) }
	return map[string]float64{"requests": float64(len(all)), "p50": at(0.5), "p99": at(0.99)}
}

func pace(addr string, due time.Time, every time.Duration, duration time.Duration) []time.Duration {
	conn, err := net.Dial("tcp", addr)
	check(err)
	defer conn.Close()
	reader := bufio.NewReader(conn)
	request := fmt.Appendf(nil, "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", addr)
	var times []time.Duration
	for end := due.Add(duration); due.Before(end); due = due.Add(every) {
		from := due
		if wait := time.Until(due); wait > 0 {
			time.Sleep(wait)
			from = time.Now()
		}
		_, err := conn.Write(request)
		check(err)
		response, err := http.ReadResponse(reader, nil)
		check(err)
		io.Copy(io.Discard, response.Body)
		times = append(times, time.Since(from))
	}
	return times
}
