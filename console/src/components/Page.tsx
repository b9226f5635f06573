import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import { type ReactNode, useEffect } from "react";

import { common } from "../strings/common";
import { type Crumb, useFrame } from "./frame";

interface Props {
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
  crumbs?: Crumb[]; // the pages above this one, the topmost first
  children: ReactNode;
}

// Names the page in the breadcrumbs and in the title of the window. For pages that bring a heading of
// their own, as those that are a single table do.
export function useFrameTitle(title: string, crumbs: Crumb[] = []): void {
  const { setCrumbs } = useFrame();
  const trail = JSON.stringify([...crumbs, { text: title, href: "#" }]);
  useEffect(() => {
    document.title = `${title} - ${common.product}`;
    setCrumbs(JSON.parse(trail) as Crumb[]);
  }, [setCrumbs, title, trail]);
}

// The frame of a page: its heading, its breadcrumbs and the title of the window.
export function Page({ title, description, actions, crumbs, children }: Props) {
  useFrameTitle(title, crumbs);
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={description} actions={actions}>
          {title}
        </Header>
      }
    >
      {children}
    </ContentLayout>
  );
}
