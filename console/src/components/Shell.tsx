// The frame around all pages: who is signed in decides what is in it.
import AppLayout from "@cloudscape-design/components/app-layout";
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import Flashbar, { type FlashbarProps } from "@cloudscape-design/components/flashbar";
import { Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { Navigate, Outlet, useLocation, useNavigate } from "react-router-dom";

import { api, ApiError, type Session, setCsrfToken, setSignedOutListener, unwrap } from "../api/client";
import SignIn from "../pages/SignIn";
import { common } from "../strings/common";
import { type Crumb, FrameContext, type Message } from "./frame";
import { Navigation } from "./Navigation";
import { SessionContext } from "./session";
import { Loading, Refused } from "./States";
import { TopBar } from "./TopBar";

type Access = { session?: Session; failure?: ApiError; over?: boolean; asked: boolean };

function useAccess() {
  const [access, setAccess] = useState<Access>({ asked: false });
  const signedIn = useCallback((session: Session) => {
    setCsrfToken(session.csrfToken);
    setAccess({ session, asked: true });
  }, []);
  const refresh = useCallback(async () => {
    try {
      signedIn(await unwrap(api.GET("/session")));
    } catch (error) {
      const failure = error as ApiError;
      setAccess((old) => ({ asked: true, over: old.over, failure: failure.notSignedIn ? undefined : failure }));
    }
  }, [signedIn]);
  useEffect(() => {
    setSignedOutListener(() => setAccess((old) => ({ asked: true, over: old.over || Boolean(old.session) })));
    void refresh();
  }, [refresh]);
  const signOut = useCallback(async () => {
    await unwrap(api.DELETE("/session")).catch(() => undefined);
    setCsrfToken("");
    setAccess({ asked: true });
  }, []);
  return { access, signedIn, refresh, signOut };
}

export function Shell() {
  const { access, signedIn, refresh, signOut } = useAccess();
  if (!access.asked) return <Loading />;
  if (access.failure) return <Refused error={access.failure} retry={() => void refresh()} />;
  if (!access.session) return <SignIn over={access.over ?? false} onSignedIn={signedIn} />;
  return <Frame session={access.session} refresh={refresh} signOut={signOut} />;
}

function useMessages(): [FlashbarProps.MessageDefinition[], (message: Message) => void] {
  const [messages, setMessages] = useState<(Message & { id: string })[]>([]);
  const flash = useCallback((message: Message) => {
    setMessages((old) => [{ ...message, id: crypto.getRandomValues(new Uint32Array(2)).join("-") }, ...old].slice(0, 5));
  }, []);
  const items = messages.map((message) => ({
    ...message,
    dismissible: true,
    dismissLabel: common.dismiss,
    onDismiss: () => setMessages((old) => old.filter((other) => other.id !== message.id)),
  }));
  return [items, flash];
}

interface FrameProps {
  session: Session;
  refresh: () => Promise<void>;
  signOut: () => Promise<void>;
}

function Frame({ session, refresh, signOut }: FrameProps) {
  const [crumbs, setCrumbs] = useState<Crumb[]>([]);
  const [navigationOpen, setNavigationOpen] = useState(() => window.innerWidth >= 1100);
  const [messages, flash] = useMessages();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const frame = useMemo(() => ({ setCrumbs, flash }), [flash]);
  const state = useMemo(() => ({ session, refresh }), [session, refresh]);
  // Settings stay reachable: enabling is not all that can be done to a disabled service.
  const reachable = session.enabled || pathname === "/enable" || pathname.startsWith("/settings");

  return (
    <SessionContext.Provider value={state}>
      <FrameContext.Provider value={frame}>
        <TopBar onSignOut={signOut} />
        <AppLayout
          headerSelector="#top"
          toolsHide
          navigationOpen={navigationOpen}
          onNavigationChange={({ detail }) => setNavigationOpen(detail.open)}
          navigation={<Navigation />}
          notifications={<Flashbar items={messages} stackItems />}
          breadcrumbs={
            <BreadcrumbGroup
              ariaLabel={common.breadcrumbs}
              items={crumbs}
              onFollow={(event) => {
                event.preventDefault();
                if (event.detail.href !== "#") navigate(event.detail.href);
              }}
            />
          }
          content={
            <Suspense fallback={<Loading />}>{reachable ? <Outlet /> : <Navigate to="/enable" replace />}</Suspense>
          }
        />
      </FrameContext.Provider>
    </SessionContext.Provider>
  );
}
