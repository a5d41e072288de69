package main

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"syscall"
	"time"
)

const (
	datagramBytes   = 100
	inFlightPerFlow = 4
	maxInFlight     = 200
	lostAfter       = 250 * time.Millisecond
	bufferBytes     = 4 << 20
)

// flows are connected sockets that never block, and what waits for them.
type flows struct {
	fds   []int
	epoll int
	ready []syscall.EpollEvent
	in    []byte
}

func openFlows(addr string, count int) *flows {
	epoll, err := syscall.EpollCreate1(0)
	check(err)
	f := &flows{epoll: epoll, ready: make([]syscall.EpollEvent, 256), in: make([]byte, 2048)}
	for range count {
		fd := socketUDP()
		check(syscall.Connect(fd, sockaddr(addr)))
		check(syscall.EpollCtl(epoll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}))
		f.fds = append(f.fds, fd)
	}
	return f
}

func (f *flows) send(flow int, datagram []byte) bool {
	_, err := writeNow(f.fds[flow], datagram)
	return err == 0
}

// each calls got for every datagram that is there, after waiting for one up to waitMs.
func (f *flows) each(waitMs int, got func(datagram []byte)) {
	count, err := syscall.EpollWait(f.epoll, f.ready, waitMs)
	if err == syscall.EINTR {
		return
	}
	check(err)
	for _, event := range f.ready[:count] {
		for range inFlightPerFlow {
			length, errno := readNow(int(event.Fd), f.in)
			if errno != 0 {
				break
			}
			got(f.in[:length])
		}
	}
}

// loopUDP keeps a number of tokens in flight. Each datagram carries its token and the token's turn; an answer sends the
// token out again, from the next flow. The clock starts when each flow has had its turn.
func loopUDP(addr string, count int, duration time.Duration) map[string]float64 {
	f := openFlows(addr, count)
	tokens := min(count*inFlightPerFlow, maxInFlight)
	turns, sentAt := make([]uint32, tokens), make([]time.Time, tokens)
	datagram := make([]byte, datagramBytes)
	next, trips, lost := 0, 0, 0
	now := time.Now()
	send := func(token int) {
		turns[token]++
		sentAt[token] = now
		binary.LittleEndian.PutUint32(datagram, uint32(token))
		binary.LittleEndian.PutUint32(datagram[4:], turns[token])
		f.send(next, datagram)
		next = (next + 1) % count
	}
	got := func(answer []byte) {
		token := int(binary.LittleEndian.Uint32(answer))
		if token < tokens && binary.LittleEndian.Uint32(answer[4:]) == turns[token] {
			trips++
			send(token)
		}
	}
	for token := range tokens {
		send(token)
	}
	var start, scanned time.Time
	for start.IsZero() || now.Sub(start) < duration {
		f.each(50, got)
		now = time.Now()
		if start.IsZero() && trips >= count {
			start, trips, lost = now, 0, 0
		}
		if now.Sub(scanned) > lostAfter/5 {
			scanned = now
			for token := range tokens {
				if now.Sub(sentAt[token]) > lostAfter {
					lost++
					send(token)
				}
			}
		}
	}
	return map[string]float64{"roundTrips": float64(trips), "lost": float64(lost), "seconds": now.Sub(start).Seconds()}
}

// paceUDP sends in steps of a millisecond and counts what comes back, up to half a second after the last.
func paceUDP(addr string, count int, rate int, duration time.Duration) map[string]float64 {
	f := openFlows(addr, count)
	datagram := make([]byte, datagramBytes)
	sent, received := 0, 0
	got := func([]byte) { received++ }
	start := time.Now()
	for elapsed := time.Duration(0); elapsed < duration; elapsed = time.Since(start) {
		for due := int(elapsed.Seconds() * float64(rate)); sent < due; sent++ {
			if !f.send(sent%count, datagram) {
				break
			}
		}
		f.each(1, got)
	}
	for end := time.Now().Add(lostAfter * 2); received < sent && time.Now().Before(end); {
		f.each(10, got)
	}
	return map[string]float64{"sent": float64(sent), "received": float64(received)}
}

func holdUDP(addr string, count int) {
	f := openFlows(addr, count)
	for flow := range count {
		for answered, tries := false, 0; !answered; tries++ {
			if tries == 20 {
				fail(fmt.Errorf("flow %d gets no answer", flow))
			}
			f.send(flow, make([]byte, datagramBytes))
			f.each(100, func([]byte) { answered = true })
		}
	}
	serving()
}

func socketUDP() int {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_NONBLOCK, 0)
	check(err)
	check(syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, bufferBytes))
	return fd
}

func sockaddr(addr string) *syscall.SockaddrInet4 {
	parsed, err := netip.ParseAddrPort(addr)
	check(err)
	return &syscall.SockaddrInet4{Port: int(parsed.Port()), Addr: parsed.Addr().As4()}
}
