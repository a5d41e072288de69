package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// An answer of the pods that bench:forward asks: its head has no more than clients need.
const answer = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nhello world\n"

const (
	blockBytes  = 64 * 1024
	ackBytes    = 1024 * 1024
	dialTimeout = 30 * time.Second
	endTime     = 3 * time.Second
)

// servePod answers HTTP at the port of addr, and takes and gives bulk at the next one.
func servePod(addr string) {
	host, port, err := net.SplitHostPort(addr)
	check(err)
	var first int
	_, err = fmt.Sscan(port, &first)
	check(err)
	go accept(net.JoinHostPort(host, fmt.Sprint(first)), serveHTTP)
	go accept(net.JoinHostPort(host, fmt.Sprint(first+1)), serveBulk)
	fmt.Println("ready")
	// As a server that ends in good order: it serves until nobody is sent to it any more.
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	<-ended
	time.Sleep(endTime)
}

func accept(addr string, serve func(net.Conn)) {
	listener, err := net.Listen("tcp", addr)
	check(err)
	for {
		conn, err := listener.Accept()
		check(err)
		go func() {
			defer conn.Close()
			serve(conn)
		}()
	}
}

// serveHTTP answers each head of a request; bodies are not expected.
func serveHTTP(conn net.Conn) {
	reader := bufio.NewReaderSize(conn, 2048)
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return
		}
		if len(line) > 2 {
			continue
		}
		if _, err := conn.Write([]byte(answer)); err != nil {
			return
		}
	}
}

// serveBulk reads one byte: 'd' = send until the client goes; 'u' = take what comes, and say so for each MiB.
func serveBulk(conn net.Conn) {
	block := make([]byte, blockBytes)
	if _, err := io.ReadFull(conn, block[:1]); err != nil {
		return
	}
	if block[0] == 'd' {
		for {
			if _, err := conn.Write(block); err != nil {
				return
			}
		}
	}
	for got := 0; ; {
		count, err := conn.Read(block)
		if err != nil {
			return
		}
		got += count
		for ; got >= ackBytes; got -= ackBytes {
			if _, err := conn.Write([]byte{'a'}); err != nil {
				return
			}
		}
	}
}

// bulk moves bytes one way over one connection, and counts those that have arrived.
func bulk(addr string, way string, duration time.Duration) map[string]float64 {
	conn, err := net.DialTimeout("tcp", addr, dialTimeout)
	check(err)
	defer conn.Close()
	_, err = conn.Write([]byte(way[:1]))
	check(err)
	unit := 1
	if way == "up" {
		unit = ackBytes
		go func() {
			block := make([]byte, blockBytes)
			for {
				if _, err := conn.Write(block); err != nil {
					return
				}
			}
		}()
	}
	buffer := make([]byte, blockBytes)
	var total int
	var start, last time.Time
	for {
		conn.SetReadDeadline(time.Now().Add(dialTimeout))
		count, err := conn.Read(buffer)
		check(err)
		last = time.Now()
		// What filled the buffers on the way is no throughput: the clock starts with the first arrival.
		if start.IsZero() {
			start = last
			continue
		}
		total += count * unit
		if last.Sub(start) >= duration {
			return map[string]float64{"bytes": float64(total), "seconds": last.Sub(start).Seconds()}
		}
	}
}

// exchange sends one request and reads the answer.
func exchange(conn net.Conn, buffer []byte) error {
	conn.SetDeadline(time.Now().Add(dialTimeout))
	if _, err := conn.Write([]byte("GET / HTTP/1.1\r\nHost: bench\r\n\r\n")); err != nil {
		return err
	}
	for got := 0; ; {
		count, err := conn.Read(buffer[got:])
		got += count
		if bytes.HasSuffix(buffer[:got], []byte("hello world\n")) {
			return nil
		}
		if err == nil && got == len(buffer) {
			err = fmt.Errorf("an answer too long")
		}
		if err != nil {
			return err
		}
	}
}

func exchangeOnce(addr string, buffer []byte) error {
	conn, err := net.DialTimeout("tcp", addr, dialTimeout)
	if err != nil {
		return err
	}
	defer conn.Close()
	// Without a proxy so many are made that the kernel would soon have to look for free ports.
	if !strings.HasPrefix(addr, "127.") {
		conn.(*net.TCPConn).SetLinger(0)
	}
	return exchange(conn, buffer)
}

// load asks as fast as answers come, over kept connections or over a new one for each request, until `stop`.
func load(addr string, clients int, kept bool, stop <-chan struct{}, pause time.Duration) map[string]float64 {
	var good, bad atomic.Int64
	var waiting sync.WaitGroup
	times := make([][]time.Duration, clients)
	start := time.Now()
	for i := range clients {
		waiting.Go(func() {
			buffer := make([]byte, 512)
			ask := func() error { return exchangeOnce(addr, buffer) }
			if kept {
				conn, err := net.DialTimeout("tcp", addr, dialTimeout)
				check(err)
				defer conn.Close()
				check(exchange(conn, buffer))
				ask = func() error { return exchange(conn, buffer) }
			}
			for !isOver(stop) {
				from := time.Now()
				if err := ask(); err != nil {
					bad.Add(1)
					time.Sleep(10 * time.Millisecond)
				} else {
					good.Add(1)
					times[i] = append(times[i], time.Since(from))
				}
				time.Sleep(pause)
			}
		})
	}
	waiting.Wait()
	took := time.Since(start).Seconds()
	all := slices.Concat(times...)
	slices.Sort(all)
	at := func(q float64) float64 {
		if len(all) == 0 {
			return 0
		}
		return all[int(float64(len(all)-1)*q)].Seconds() * 1000
	}
	return map[string]float64{
		"good": float64(good.Load()), "bad": float64(bad.Load()), "seconds": took, "p50": at(0.5), "p99": at(0.99),
	}
}

func isOver(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	default:
		return false
	}
}

func loadFor(addr string, clients int, kept bool, duration time.Duration) map[string]float64 {
	stop := make(chan struct{})
	time.AfterFunc(duration, func() { close(stop) })
	return load(addr, clients, kept, stop, 0)
}

// loadUntilStdinEnds makes new connections at an easy pace, and says at the end how they fared.
func loadUntilStdinEnds(addr string, clients int) {
	stop := make(chan struct{})
	fmt.Println("ready")
	go func() {
		io.Copy(io.Discard, os.Stdin)
		close(stop)
	}()
	report(load(addr, clients, false, stop, 20*time.Millisecond))
}

// untilFirst asks until there is an answer, and says when that was, in ms since 1970.
func untilFirst(addr string) map[string]float64 {
	buffer := make([]byte, 512)
	for end := time.Now().Add(dialTimeout); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if exchangeOnce(addr, buffer) == nil {
			return map[string]float64{"atMs": float64(time.Now().UnixMicro()) / 1000}
		}
	}
	fail(fmt.Errorf("no answer at %s", addr))
	return nil
}

// burst opens all connections at once, asks once on each, and holds them until the last is answered.
func burst(addr string, count int) map[string]float64 {
	var good, bad atomic.Int64
	var waiting, done sync.WaitGroup
	done.Add(1)
	start := time.Now()
	for range count {
		waiting.Add(1)
		go func() {
			conn, err := net.DialTimeout("tcp", addr, dialTimeout)
			if err == nil {
				defer conn.Close()
				err = exchange(conn, make([]byte, 512))
			}
			if err == nil {
				good.Add(1)
			} else {
				bad.Add(1)
			}
			waiting.Done()
			done.Wait()
		}()
	}
	waiting.Wait()
	took := time.Since(start).Seconds()
	done.Done()
	return map[string]float64{"good": float64(good.Load()), "bad": float64(bad.Load()), "seconds": took}
}

// resetMidway resets connections in the middle of a bulk transfer, half of them in each direction.
func resetMidway(addr string, count int) map[string]float64 {
	buffer := make([]byte, blockBytes)
	for i := range count {
		conn, err := net.DialTimeout("tcp", addr, dialTimeout)
		if err != nil {
			return map[string]float64{"good": float64(i), "bad": float64(count - i)}
		}
		conn.SetDeadline(time.Now().Add(2 * time.Second))
		conn.Write([]byte("ud"[i%2 : i%2+1]))
		for range 16 {
			if i%2 == 0 {
				_, err = conn.Write(buffer)
			} else {
				_, err = conn.Read(buffer)
			}
			if err != nil {
				break
			}
		}
		conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	}
	return map[string]float64{"good": float64(count), "bad": 0}
}

// askEach asks once at each of several ports, over connections that stay open until stdin ends.
func askEach(addrs string) {
	failed := 0
	for addr := range strings.SplitSeq(addrs, ",") {
		conn, err := net.DialTimeout("tcp", addr, dialTimeout)
		if err == nil {
			err = exchange(conn, make([]byte, 512))
		}
		if err != nil {
			failed++
		}
	}
	check(failure(failed))
	serving()
}

func failure(count int) error {
	if count == 0 {
		return nil
	}
	return fmt.Errorf("%d lanes did not answer", count)
}

// keepIdle asks once, is silent until stdin has a line, and asks again over the same connection.
func keepIdle(addr string) {
	buffer := make([]byte, 512)
	conn, err := net.DialTimeout("tcp", addr, dialTimeout)
	check(err)
	check(exchange(conn, buffer))
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
	if exchange(conn, buffer) == nil {
		report(map[string]float64{"good": 1, "bad": 0})
	} else {
		report(map[string]float64{"good": 0, "bad": 1})
	}
}
