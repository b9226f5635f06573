import { useCallback } from "react";
import { useLocation, useNavigate } from "react-router-dom";

interface PageState {
  tokens?: string[]; // of the pages after the first, up to the one shown
}

export interface Pages {
  token: string | undefined; // of the page shown; none for the first
  number: number; // of the page shown, from 1
  next: (token: string) => void;
  previous: () => void;
}

// Keyset pages: an answer knows only its next page, so the tokens on the way here are kept in the
// browser's history, where Back and Forward find them. A new filter starts at the first page.
export function usePages(): Pages {
  const location = useLocation();
  const navigate = useNavigate();
  const tokens = (location.state as PageState | null)?.tokens ?? [];
  const show = useCallback(
    (next: string[]) => navigate({ pathname: location.pathname, search: location.search }, { state: { tokens: next } }),
    [navigate, location.pathname, location.search],
  );
  return {
    token: tokens[tokens.length - 1],
    number: tokens.length + 1,
    next: (token) => show([...tokens, token]),
    previous: () => show(tokens.slice(0, -1)),
  };
}
