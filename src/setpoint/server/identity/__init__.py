"""Sign-in, sessions and tokens, and what ends them.

secrets        random secrets, and the hashes that are kept of them
passwords      argon2id, in threads, the same time for everybody
service        `SignIn`: every decision, without HTTP
authenticator  who sends a request: the interface, and the demo's version of it
auth           `SignInAuth`: the authenticator of ``setpoint serve``
revocation     ends live sockets whose person has gone or has other rights
oidc           sign-in through an OpenID provider
routes         the HTTP of all this, by controllers: `sessions`, `tokens`, `oidc_routes`
people         `People`: what administrators do with other people's accounts, sessions and tokens, without HTTP
people_routes, security_routes, plant_routes   the HTTP for administrators
"""
