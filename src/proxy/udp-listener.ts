/**
 * UDP listener: the socket of one UDP frontend and the flows of its clients.
 *
 * One socket, bound to the frontend's own address, receives from all clients and sends all replies. A client's
 * datagrams go to one backend until the flow ends; the next datagram then begins a new flow, with a new endpoint.
 *
 * Where each datagram is balanced (`udp.balance: datagram`), a client has a flow for each endpoint that it was given: one
 * connected socket for each. That costs descriptors, and keeps what connected sockets give: the kernel tells replies
 * of different clients apart by the port they come to, and reports which endpoint refused.
 *
 * At `udp.maxFlows` the least recently active flow of the whole worker ends (`shed`), and the new one begins.
 */

import { Socket } from 'node:dgram';
import type { Pick } from '../balancing/picker.ts';
import { socketName } from '../lib/socket-exchange.ts';
import type { Binding } from '../model/capture.ts';
import type { FlowEndCause } from '../model/flow.ts';
import type { Route, ServicePort } from '../model/route.ts';
import { channels } from '../observability/channels.ts';
import { udpFlowEnd } from '../routing/udp-flows.ts';
import { canonicalClient } from './client-address.ts';
import type { Companions } from './companions.ts';
import { createDatagramSocket, enlargeReceiveBuffer, hasSendRoom } from './datagram-socket.ts';
import type { CarryReply, Listener } from './listener.ts';
import type { ProxyContext } from './proxy-context.ts';
import { RefusedEndpoints } from './refused-endpoints.ts';
import { assign, isRefusal, selectEndpoint } from './select-endpoint.ts';
import { isOverriddenTo, selectWithOverride } from './select-override.ts';
import { createUdpFlow } from './udp-fault.ts';
import type { Peer, UdpFlow, UdpFlowTarget } from './udp-flow.ts';
import { UdpFlowTable } from './udp-flow-table.ts';

/** Elsewhere one socket of an address gets all datagrams. */
const CAN_SHARE = process.platform === 'linux';

/** The listener of a UDP frontend. */
export class UdpListener implements Listener, UdpFlowTarget {
  route: Route;
  connections = 0;
  bound: Binding | undefined;
  readonly #context: ProxyContext;
  readonly #flows = new UdpFlowTable<UdpFlow>();
  readonly #refused = new RefusedEndpoints();
  #socket: Socket | undefined;
  #name = '';
  /** A successor has the socket: replies go through it. */
  #carry: CarryReply | undefined;
  #isReleased = false;
  /** What `#isPerDatagram` was read from. */
  #settingsOf: ProxyContext['settingsOf'] | undefined;
  #settingsFor: ServicePort | undefined;
  #isPerDatagram = false;

  constructor(context: ProxyContext, route: Route) {
    this.#context = context;
    this.route = route;
  }

  async open(binding: Binding): Promise<void> {
    this.#isReleased = false;
    if (this.#socket !== undefined) return;
    const { sockets } = this.#context;
    this.#name = socketName('UDP', binding, this.route.frontend.key);
    const inherited = sockets.inherits ? await sockets.take(this.#name) : undefined;
    const socket = inherited instanceof Socket ? inherited : await bindSocket(binding, this.#context.companions);
    // A socket that is not connected reports what only concerns one datagram; it goes on receiving.
    socket.on('error', () => {});
    socket.on('message', (datagram, peer) => this.#receive(datagram, peer));
    enlargeReceiveBuffer(socket);
    sockets.add(this.#name, socket);
    this.#socket = socket;
    this.bound = { address: binding.address, port: socket.address().port };
  }

  retarget(route: Route): void {
    this.route = route;
    this.#endFlows(route);
  }

  release(): void {
    this.#isReleased = true;
    this.#closeWhenEmpty();
  }

  remove(): void {
    this.#endFlows(undefined);
    this.release();
  }

  get isTaken(): boolean {
    return this.#context.companions?.isHelper === true || this.#context.sockets.wasGiven(this.#name);
  }

  readonly held = 0;
  readonly accepted = 0;

  widen(): void {}

  handOver(carry: CarryReply): void {
    this.#isReleased = true;
    if (this.isTaken) {
      this.#carry = carry;
      this.#close();
    } else {
      this.#closeWhenEmpty();
    }
  }

  reply(datagram: Buffer, port: number, address: string): void {
    if (this.#carry !== undefined) this.#carry(this.route.frontend.key, datagram, port, address);
    else if (this.#socket !== undefined && hasSendRoom(this.#socket)) this.#socket.send(datagram, port, address);
  }

  ended(flow: UdpFlow): void {
    this.#flows.remove(flow);
    if (flow.end?.cause === 'endpoint-reset') this.#refused.add(flow.clientPort, flow.peerAddress, flow.endpoint.key);
    this.#closeWhenEmpty();
  }

  /** Ends the flows that the table ends. The rule is asked once for each endpoint in use. */
  #endFlows(route: Route | undefined): void {
    const causes = new Map<string, FlowEndCause | undefined>();
    for (const flow of this.#flows) {
      const { key } = flow.endpoint;
      if (!causes.has(key)) causes.set(key, this.#endOf(flow, route));
      const cause = causes.get(key);
      if (cause !== undefined) flow.finish(cause);
    }
  }

  /** The address of an override is in no table. */
  #endOf({ endpoint, why }: UdpFlow, route: Route | undefined): FlowEndCause | undefined {
    if (why === 'override' && route !== undefined && isOverriddenTo(this.#context, route, endpoint.key))
      return undefined;
    return udpFlowEnd('UDP', route, endpoint);
  }

  #receive(datagram: Buffer, peer: Peer): void {
    const flow = this.#balancesDatagrams()
      ? this.#flowOfDatagram(peer)
      : (this.#flows.get(peer.port, peer.address) ?? this.#openFlow(peer));
    if (typeof flow === 'string') this.#dropped(flow);
    else if (!flow.forward(datagram)) this.#dropped('NOT_SENT');
  }

  #dropped(reason: string): void {
    if (!channels.datagramDropped.hasSubscribers) return;
    channels.datagramDropped.publish({ frontend: this.route.frontend, reason });
  }

  /** Whether each datagram is balanced; the setting is looked up only when it may have changed. */
  #balancesDatagrams(): boolean {
    const { settingsOf } = this.#context;
    const { servicePort } = this.route;
    if (this.#settingsOf !== settingsOf || this.#settingsFor !== servicePort) {
      this.#settingsOf = settingsOf;
      this.#settingsFor = servicePort;
      this.#isPerDatagram = settingsOf(servicePort).udpBalance === 'datagram';
    }
    return this.#isPerDatagram;
  }

  /** The flow of the client with the endpoint whose turn it is. A listener that closes keeps to the flows there are. */
  #flowOfDatagram(peer: Peer): UdpFlow | string {
    const known = this.#isReleased ? this.#flows.get(peer.port, peer.address) : undefined;
    if (known !== undefined) return known;
    const selection = this.#select(peer);
    if (isRefusal(selection)) return selection.reason;
    return this.#flows.find(peer.port, peer.address, selection.endpoint.key) ?? this.#openFlow(peer, selection);
  }

  /** The new flow, or the reason why there is none. */
  #openFlow(peer: Peer, picked?: Pick): UdpFlow | string {
    const { flows, gate, settings } = this.#context;
    if (this.#isReleased) return 'LISTENER_CLOSING';
    if (!gate.admit(1)) return 'NO_DESCRIPTOR';
    const selection = picked ?? this.#select(peer);
    if (isRefusal(selection)) return selection.reason;
    for (const oldest of flows.udp) {
      if (flows.udpInAll < settings.udp.maxFlows) break;
      oldest.finish('shed', undefined, 'max-flows');
    }
    const assignment = assign(this.#context, this.route.servicePort.key, selection);
    const flow = createUdpFlow(this.#context, this, peer, assignment);
    this.#flows.add(flow);
    flow.open();
    return flow;
  }

  /** An endpoint other than the one that refused this client, where there is another. */
  #select(peer: Peer): ReturnType<typeof selectEndpoint> {
    const clientAddress = canonicalClient(peer.address);
    const known = this.#context.inheritedUdp?.take(this.route, peer.address, peer.port);
    if (known !== undefined) return known;
    const tried = this.#refused.take(peer.port, peer.address);
    const selection = selectWithOverride(this.#context, this.route, clientAddress, tried);
    if (!isRefusal(selection) || tried.size === 0) return selection;
    return selectEndpoint(this.#context, this.route, clientAddress, new Set());
  }

  #closeWhenEmpty(): void {
    if (this.#isReleased && this.#flows.size === 0) this.#close();
  }

  #close(): void {
    if (this.#socket === undefined) return;
    this.#context.sockets.remove(this.#name, this.#socket);
    this.#socket.close();
    this.#socket = undefined;
    this.bound = undefined;
  }
}

/** Binds such that other workers, and other sockets of a successor, can share the address; as `listening-sockets` does. */
async function bindSocket(binding: Binding, companions: Companions | undefined): Promise<Socket> {
  if (CAN_SHARE && companions?.isHelper !== true && binding.port !== 0) {
    await companions?.vacated();
    const probe = await bound(createDatagramSocket(binding.address), binding);
    probe.close();
  }
  return bound(createDatagramSocket(binding.address, CAN_SHARE), binding);
}

/** Resolves in the same turn of the event loop. */
function bound(socket: Socket, { address, port }: Binding): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      socket.close();
      reject(error);
    };
    socket.once('error', failed);
    socket.bind({ address, port, exclusive: true }, () => {
      socket.off('error', failed);
      resolve(socket);
    });
  });
}
