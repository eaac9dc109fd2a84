# SPDX-License-Identifier: Apache-2.0
"""The stand-ins of team APIs by the name of their profile."""
import team_first
import team_second
import team_third

SERVICES = {service.profile: service for service in (
    team_first.Scale, team_first.Scaling, team_first.Scalekit, team_first.ScalekitWorkspace,
    team_second.Clerk, team_second.Github, team_second.Gitlab, team_second.Sentry, team_second.Workos,
    team_second.Auth0, team_third.Pagerduty, team_third.Vercel, team_third.Datadog, team_third.Grafana,
    team_third.Tailscale, team_third.Cloudflare,
)}
