# SPDX-License-Identifier: Apache-2.0
"""The stand-ins of team APIs by the name of their profile."""
import team_first

SERVICES = {service.profile: service for service in (
    team_first.Scale, team_first.Scaling, team_first.Scalekit, team_first.ScalekitWorkspace,
)}
