"""The request path: the only place that knows Connexion, Flask, Starlette and httpx."""
