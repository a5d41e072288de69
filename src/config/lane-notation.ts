/**
 * How a lane is written: in the file as `{target: svc/web, port: http, listen: "127.0.0.1:8080"}`, on the command line
 * as `shop/svc/web:http=127.0.0.1:8080`.
 */

export interface LaneTargetText {
  readonly service: string;
  /** `undefined` = not part of the target. */
  readonly port: string | undefined;
}

/** `svc/NAME` or `svc/NAME:PORT` (`service/…`, `services/…` mean the same), or `undefined` where `text` is neither. */
export function parseLaneTarget(text: string): LaneTargetText | undefined {
  const match = /^(?:svc|services?)\/([^/:=\s]+)(?::([^/:=\s]+))?$/.exec(text);
  return match?.[1] === undefined ? undefined : { service: match[1], port: match[2] };
}

/**
 * `[NAMESPACE/]svc/NAME:PORT=ADDRESS:PORT[/udp]` taken apart into the entry that the file would have, not checked any
 * further; `undefined` where `text` has another form. `@udp` means `/udp`; `/tcp` may be written out.
 */
export function parseLaneFlag(text: string): Readonly<Record<string, string>> | undefined {
  const match = /^(?:([^/=]+)\/)?((?:svc|services?)\/[^/=]+)=([^/=@]+)(?:[/@](tcp|udp))?$/i.exec(text.trim());
  const [, namespace, target, listen, protocol] = match ?? [];
  if (target === undefined || listen === undefined) return undefined;
  return {
    ...(namespace === undefined ? {} : { namespace }),
    target,
    listen,
    ...(protocol === undefined ? {} : { protocol: protocol.toUpperCase() }),
  };
}
