package main

import (
	"syscall"
	"unsafe"
)

// Sockets here never block, so that the scheduler of Go need not be told of each call: that costs more than the call.

func writeNow(fd int, bytes []byte) (int, syscall.Errno) {
	count, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&bytes[0])), uintptr(len(bytes)))
	return int(count), errno
}

func readNow(fd int, bytes []byte) (int, syscall.Errno) {
	count, _, errno := syscall.RawSyscall(syscall.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&bytes[0])), uintptr(len(bytes)))
	return int(count), errno
}

const batchSize = 64

// A batch is room for datagrams with their senders, as recvmmsg and sendmmsg want it.
type batch struct {
	messages [batchSize]message
	vectors  [batchSize]syscall.Iovec
	names    [batchSize]syscall.RawSockaddrInet4
	bytes    [batchSize][2048]byte
}

type message struct {
	header syscall.Msghdr
	length uint32
	_      [4]byte
}

func newBatch() *batch {
	b := &batch{}
	for i := range b.messages {
		b.vectors[i].Base = &b.bytes[i][0]
		b.messages[i].header.Iov = &b.vectors[i]
		b.messages[i].header.Iovlen = 1
		b.messages[i].header.Name = (*byte)(unsafe.Pointer(&b.names[i]))
	}
	return b
}

// receive waits for one datagram and takes up to a batch of those that are there.
func (b *batch) receive(fd int) (int, syscall.Errno) {
	for i := range b.messages {
		b.messages[i].header.Namelen = syscall.SizeofSockaddrInet4
		b.vectors[i].SetLen(len(b.bytes[i]))
	}
	const waitForOne = 0x10000
	count, _, errno := syscall.Syscall6(syscall.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&b.messages[0])), batchSize, waitForOne, 0, 0)
	return int(count), errno
}

// answer sends the first datagrams back to where they came from.
func (b *batch) answer(fd int, count int) {
	for i := range count {
		b.vectors[i].SetLen(int(b.messages[i].length))
	}
	for done := 0; done < count; {
		sent, _, errno := syscall.Syscall6(sysSendmmsg, uintptr(fd), uintptr(unsafe.Pointer(&b.messages[done])), uintptr(count-done), 0, 0, 0)
		if errno != 0 {
			sent = 1 // the one that failed: its sender has gone
		}
		done += int(sent)
	}
}

func echoUDP(addr string) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	check(err)
	check(syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, bufferBytes))
	check(syscall.Bind(fd, sockaddr(addr)))
	go func() {
		for b := newBatch(); ; {
			count, errno := b.receive(fd)
			if errno == 0 {
				b.answer(fd, count)
			}
		}
	}()
	serving()
}
