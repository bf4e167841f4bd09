resource "azurerm_log_analytics_workspace" "bot" {
  name                = var.name
  resource_group_name = azurerm_resource_group.bot.name
  location            = azurerm_resource_group.bot.location
  sku                 = "PerGB2018"
  retention_in_days   = 90
}

resource "azurerm_container_registry" "bot" {
  name                = "${replace(var.name, "-", "")}images"
  resource_group_name = azurerm_resource_group.bot.name
  location            = azurerm_resource_group.bot.location
  sku                 = "Standard"
  admin_enabled       = false
}

resource "azurerm_role_assignment" "image_pulled" {
  scope                = azurerm_container_registry.bot.id
  role_definition_name = "AcrPull"
  principal_id         = azurerm_user_assigned_identity.bot.principal_id
}

resource "azurerm_container_app_environment" "bot" {
  name                       = var.name
  resource_group_name        = azurerm_resource_group.bot.name
  location                   = azurerm_resource_group.bot.location
  infrastructure_subnet_id   = azurerm_subnet.apps.id
  logs_destination           = "log-analytics"
  log_analytics_workspace_id = azurerm_log_analytics_workspace.bot.id
  zone_redundancy_enabled    = true

  workload_profile {
    name                  = "Consumption"
    workload_profile_type = "Consumption"
  }

  lifecycle {
    ignore_changes = [infrastructure_resource_group_name]
  }
}

resource "azurerm_container_app" "bot" {
  name                         = var.name
  resource_group_name          = azurerm_resource_group.bot.name
  container_app_environment_id = azurerm_container_app_environment.bot.id
  workload_profile_name        = "Consumption"
  revision_mode                = "Single"

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.bot.id]
  }

  registry {
    server   = azurerm_container_registry.bot.login_server
    identity = azurerm_user_assigned_identity.bot.id
  }

  # References without a version: after a rotation a restart of the revision reads the new value.
  dynamic "secret" {
    for_each = local.secret_names
    content {
      name                = secret.value
      identity            = azurerm_user_assigned_identity.bot.id
      key_vault_secret_id = azurerm_key_vault_secret.bot[secret.value].versionless_id
    }
  }

  # Not secret, but a file: the platform mounts no other kind.
  secret {
    name  = "onboard-bot-toml"
    value = var.configuration
  }

  ingress {
    external_enabled           = true
    target_port                = 3978
    transport                  = "http"
    allow_insecure_connections = false

    traffic_weight {
      latest_revision = true
      percentage      = 100
    }
  }

  template {
    min_replicas                     = var.replicas
    max_replicas                     = var.replicas + 1
    termination_grace_period_seconds = 40

    container {
      name   = "onboard-bot"
      image  = "${azurerm_container_registry.bot.login_server}/onboard-bot:${var.image_tag}"
      cpu    = 0.25
      memory = "0.5Gi"
      args   = ["--log", "json", "serve", "--config", "/mnt/onboard-bot/onboard-bot-toml"]

      env {
        name  = "ONBOARD_BOT__STORE__URL"
        value = "postgres://onboard_bot@${azurerm_postgresql_flexible_server.bot.fqdn}:5432/${azurerm_postgresql_flexible_server_database.bot.name}?sslmode=verify-full"
      }
      env {
        name        = "PGPASSWORD"
        secret_name = "postgres-password"
      }
      env {
        name  = "ONBOARD_BOT__TEAMS__APP_ID"
        value = azuread_application.bot.client_id
      }
      env {
        name  = "ONBOARD_BOT__TEAMS__TENANT_ID"
        value = var.tenant_id
      }

      startup_probe {
        transport               = "HTTP"
        port                    = 3978
        path                    = "/livez"
        interval_seconds        = 5
        failure_count_threshold = 10
      }
      liveness_probe {
        transport               = "HTTP"
        port                    = 3978
        path                    = "/livez"
        interval_seconds        = 10
        timeout                 = 3
        failure_count_threshold = 3
      }
      readiness_probe {
        transport               = "HTTP"
        port                    = 3978
        path                    = "/readyz"
        interval_seconds        = 5
        timeout                 = 3
        failure_count_threshold = 2
      }

      volume_mounts {
        name = "onboard-bot"
        path = "/mnt/onboard-bot"
      }
    }

    volume {
      name         = "onboard-bot"
      storage_type = "Secret"
    }
  }

  depends_on = [azurerm_role_assignment.secrets_read, azurerm_role_assignment.image_pulled]
}
