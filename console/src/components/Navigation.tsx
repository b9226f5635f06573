import SideNavigation, { type SideNavigationProps } from "@cloudscape-design/components/side-navigation";
import { useLocation, useNavigate } from "react-router-dom";

import { common } from "../strings/common";
import { useSession } from "./session";

const words = common.navigation;

const kPages: SideNavigationProps.Item[] = [
  { type: "link", text: words.dashboard, href: "/dashboard" },
  { type: "link", text: words.objects, href: "/objects" },
  { type: "link", text: words.notClassified, href: "/not-classified" },
  { type: "link", text: words.buckets, href: "/buckets" },
  { type: "divider" },
  { type: "link", text: words.integrations, href: "/integrations" },
  { type: "link", text: words.fleet, href: "/fleet" },
  { type: "link", text: words.settings, href: "/settings" },
];

export function Navigation() {
  const { session } = useSession();
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const items: SideNavigationProps.Item[] = session.enabled
    ? kPages
    : [
        { type: "link", text: words.enable, href: "/enable" },
        { type: "link", text: words.settings, href: "/settings" },
      ];
  return (
    <SideNavigation
      header={{ text: words.header, href: "/dashboard" }}
      activeHref={`/${pathname.split("/")[1] ?? ""}`}
      items={items}
      onFollow={(event) => {
        event.preventDefault();
        navigate(event.detail.href);
      }}
    />
  );
}
