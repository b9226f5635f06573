import Tabs from "@cloudscape-design/components/tabs";
import type { ReactElement } from "react";
import { Navigate, Route, Routes, useNavigate, useParams } from "react-router-dom";

import { Page } from "../../components/Page";
import { NotFound } from "../../components/RouteFailure";
import { useSession } from "../../components/session";
import { settings as words } from "../../strings/settings";
import { AllowLists } from "./AllowLists";
import { AuditLog } from "./AuditLog";
import { Credentials } from "./Credentials";
import { CustomIdentifiers } from "./CustomIdentifiers";
import { DisableMacie } from "./DisableMacie";
import { Identifiers } from "./Identifiers";
import { Retention } from "./Retention";
import { ContentTypes, FileExtensions } from "./RiskTables";
import { Themes } from "./Themes";

type Tab = keyof typeof words.tabs;

const kTabs: Record<Tab, () => ReactElement> = {
  "content-types": ContentTypes,
  "file-extensions": FileExtensions,
  themes: Themes,
  identifiers: Identifiers,
  custom: CustomIdentifiers,
  "allow-lists": AllowLists,
  retention: Retention,
  credentials: Credentials,
  audit: AuditLog,
  disable: DisableMacie,
};

// One tab has one address. Only the tab shown is rendered, so that only its data is loaded.
function SettingsTab() {
  const { tab = "" } = useParams();
  const navigate = useNavigate();
  const { session } = useSession();
  if (!(tab in kTabs)) return <NotFound />;
  const Content = kTabs[tab as Tab];
  return (
    <Page title={words.title} description={words.description}>
      <Tabs
        activeTabId={tab}
        ariaLabel={words.title}
        onChange={({ detail }) => navigate(`/settings/${detail.activeTabId}`)}
        tabs={Object.entries(words.tabs).map(([id, label]) => ({
          id,
          label,
          content: id === tab && <Content key={session.userName} />,
        }))}
      />
    </Page>
  );
}

export default function Settings() {
  return (
    <Routes>
      <Route index element={<Navigate to="content-types" replace />} />
      <Route path=":tab" element={<SettingsTab />} />
    </Routes>
  );
}
