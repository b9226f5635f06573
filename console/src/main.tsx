import "@cloudscape-design/global-styles/index.css";
import "./console.css";

import { I18nProvider } from "@cloudscape-design/components/i18n";
import messages from "@cloudscape-design/components/i18n/messages/all.en";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router-dom";

import { PreferencesProvider } from "./components/Preferences";
import { router } from "./router";

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <I18nProvider locale="en" messages={[messages]}>
      <PreferencesProvider>
        <RouterProvider router={router} />
      </PreferencesProvider>
    </I18nProvider>
  </StrictMode>,
);
