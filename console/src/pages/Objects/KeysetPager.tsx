import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { objects as words } from "../../strings/objects";
import type { Pages } from "./usePages";

interface Props {
  pages: Pages;
  nextToken: string | undefined;
  loading: boolean;
}

export function KeysetPager({ pages, nextToken, loading }: Props) {
  return (
    <nav aria-label={words.pages}>
      <SpaceBetween direction="horizontal" size="xs" alignItems="center">
        <Button
          iconName="angle-left"
          variant="icon"
          ariaLabel={words.previous}
          disabled={pages.number === 1 || loading}
          onClick={pages.previous}
        />
        <Box>{words.page(pages.number)}</Box>
        <Button
          iconName="angle-right"
          variant="icon"
          ariaLabel={words.next}
          disabled={!nextToken || loading}
          onClick={() => nextToken && pages.next(nextToken)}
        />
      </SpaceBetween>
    </nav>
  );
}
