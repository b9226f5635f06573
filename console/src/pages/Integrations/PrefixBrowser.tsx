import Box from "@cloudscape-design/components/box";
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { api, unwrap } from "../../api/client";
import { useLoad } from "../../api/useLoad";
import { Loaded } from "../../components/States";
import { prefixes as words } from "../../strings/services";

interface Props {
  account: string;
  bucket: string;
  picked: string[];
  onToggle: (prefix: string) => void;
}

async function loadLevel(account: string, bucket: string, prefix: string, pages: number) {
  const found: string[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < pages; ++page) {
    const answer = await unwrap(
      api.GET("/accounts/{account}/buckets/{bucket}/prefixes", {
        params: { path: { account, bucket }, query: { prefix: prefix || undefined, nextToken } },
      }),
    );
    found.push(...answer.prefixes);
    nextToken = answer.nextToken;
    if (!nextToken) break;
  }
  return { found, more: nextToken !== undefined };
}

// "a/b/" is reached through "", "a/" and itself.
function trailOf(prefix: string, root: string) {
  const parts = prefix.split("/").slice(0, -1);
  return [
    { text: root, href: "#" },
    ...parts.map((text, index) => ({ text: text || "/", href: `#${parts.slice(0, index + 1).join("/")}/` })),
  ];
}

// Walks a bucket's prefixes as folders.
export function PrefixBrowser({ account, bucket, picked, onToggle }: Props) {
  const [at, setAt] = useState("");
  const [pages, setPages] = useState(1);
  const load = useLoad(`${account} ${bucket} ${at} ${pages}`, () => loadLevel(account, bucket, at, pages));
  const open = (prefix: string) => {
    setAt(prefix);
    setPages(1);
  };
  return (
    <section aria-label={words.at}>
      <BreadcrumbGroup
        ariaLabel={words.path}
        items={trailOf(at, bucket)}
        onFollow={(event) => {
          event.preventDefault();
          open(event.detail.href.slice(1));
        }}
      />
      <Loaded load={load}>
        {({ found, more }) => (
          <SpaceBetween size="xxs">
            {found.length === 0 && !more && <Box color="text-body-secondary">{words.none}</Box>}
            {found.map((prefix) => (
              <SpaceBetween key={prefix} direction="horizontal" size="xs">
                <Checkbox checked={picked.includes(prefix)} ariaLabel={words.check(prefix)} onChange={() => onToggle(prefix)} />
                <Link ariaLabel={words.open(prefix)} onFollow={() => open(prefix)}>
                  {prefix.slice(at.length)}
                </Link>
              </SpaceBetween>
            ))}
            {more && <Button onClick={() => setPages(pages + 1)}>{words.more}</Button>}
          </SpaceBetween>
        )}
      </Loaded>
    </section>
  );
}
