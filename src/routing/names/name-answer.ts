/**
 * What a question for a name is answered, before it is a DNS message.
 */

/** A resource record. Names are in full, in lower case, without the last dot; addresses are canonical. */
export type NameRecord = { readonly name: string } & (
  | { readonly type: 'A' | 'AAAA'; readonly address: string }
  | { readonly type: 'CNAME' | 'PTR' | 'NS'; readonly target: string }
  | {
      readonly type: 'SRV';
      readonly target: string;
      readonly port: number;
      readonly priority: number;
      readonly weight: number;
    }
  | { readonly type: 'TXT'; readonly text: string }
  | { readonly type: 'SOA'; readonly nameServer: string; readonly mailbox: string; readonly serial: number }
);

/**
 * `answer`: `additional` is what the client would ask next; `next` is set where the records end in a CNAME that leads out
 * of the cluster. `empty`: the name is there, and has no record of the type. `unknown`: there is no such name; `soa` is
 * the authority for both. `elsewhere`: the name is of no zone of ours.
 */
export type NameAnswer =
  | {
      readonly kind: 'answer';
      readonly records: readonly NameRecord[];
      readonly additional: readonly NameRecord[];
      readonly next?: string;
    }
  | { readonly kind: 'empty' | 'unknown'; readonly soa: NameRecord }
  | { readonly kind: 'elsewhere' };
