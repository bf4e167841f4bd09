# Two registrations, so that whoever holds the bot's secret cannot read the directory.
#
# Their client secrets are made by a person, because azuread would keep them in the state:
#   az ad app credential reset --id CLIENT_ID --append --display-name onboard-bot --years 1

resource "azuread_application" "bot" {
  display_name     = var.name
  sign_in_audience = "AzureADMyOrg"
}

resource "azuread_service_principal" "bot" {
  client_id = azuread_application.bot.client_id
}

data "azuread_application_published_app_ids" "known" {}

data "azuread_service_principal" "graph" {
  client_id = data.azuread_application_published_app_ids.known.result["MicrosoftGraph"]
}

locals {
  # What README.md asks for, and no more.
  graph_permissions = toset(["User.Read.All", "GroupMember.Read.All", "TeamsUserConfiguration.Read.All"])
}

resource "azuread_application" "directory" {
  display_name     = "${var.name}-directory"
  sign_in_audience = "AzureADMyOrg"

  required_resource_access {
    resource_app_id = data.azuread_service_principal.graph.client_id

    dynamic "resource_access" {
      for_each = local.graph_permissions
      content {
        id   = data.azuread_service_principal.graph.app_role_ids[resource_access.value]
        type = "Role"
      }
    }
  }
}

resource "azuread_service_principal" "directory" {
  client_id = azuread_application.directory.client_id
}

# The administrator's consent: whoever applies this needs Privileged Role Administrator.
resource "azuread_app_role_assignment" "directory" {
  for_each            = local.graph_permissions
  app_role_id         = data.azuread_service_principal.graph.app_role_ids[each.value]
  principal_object_id = azuread_service_principal.directory.object_id
  resource_object_id  = data.azuread_service_principal.graph.object_id
}
