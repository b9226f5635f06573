import TopNavigation, { type TopNavigationProps } from "@cloudscape-design/components/top-navigation";
import { useState } from "react";
import { useNavigate } from "react-router-dom";

import { common } from "../strings/common";
import { PasswordModal } from "./PasswordModal";
import { usePreferences } from "./Preferences";
import { useRegion, useSession } from "./session";

const words = common.top;

export function TopBar({ onSignOut }: { onSignOut: () => Promise<void> }) {
  const { session } = useSession();
  const { dark, setDark, setRegion } = usePreferences();
  const region = useRegion();
  const navigate = useNavigate();
  const [changesPassword, setChangesPassword] = useState(false);

  const utilities: TopNavigationProps.Utility[] = [
    {
      type: "menu-dropdown",
      text: region,
      ariaLabel: words.region(region),
      title: words.chooseRegion,
      items: session.regions.map((name) => ({ id: name, text: name })),
      onItemClick: ({ detail }) => setRegion(detail.id),
    },
    {
      type: "button",
      text: dark ? words.light : words.dark,
      disableTextCollapse: true,
      onClick: () => setDark(!dark),
    },
    {
      type: "menu-dropdown",
      text: session.userName,
      description: words.masterAccount(session.masterAccountId),
      iconName: "user-profile",
      ariaLabel: words.account(session.userName),
      items: [
        { id: "password", text: words.changePassword },
        { id: "sign-out", text: words.signOut },
      ],
      onItemClick: ({ detail }) => {
        if (detail.id === "sign-out") void onSignOut();
        if (detail.id === "password") setChangesPassword(true);
      },
    },
  ];
  return (
    <div id="top">
      <TopNavigation
        identity={{
          href: "/dashboard",
          title: common.product,
          onFollow: (event) => {
            event.preventDefault();
            navigate("/dashboard");
          },
        }}
        utilities={utilities}
      />
      {changesPassword && <PasswordModal onClose={() => setChangesPassword(false)} />}
    </div>
  );
}
