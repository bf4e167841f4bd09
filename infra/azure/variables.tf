variable "subscription_id" {
  description = "Where everything is made."
  type        = string
}

variable "tenant_id" {
  description = "The Entra tenant: of the subscription, of the bot and of its people."
  type        = string
}

variable "location" {
  description = "The region, such as westeurope."
  type        = string
}

variable "name" {
  description = "Begins every resource's name; with it the globally unique ones (vault, registry, database) must be free."
  type        = string
  default     = "onboard-bot"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,16}[a-z0-9]$", var.name))
    error_message = "3 to 18 small letters, digits and hyphens, beginning with a letter."
  }
}

variable "image_tag" {
  description = "The image onboard-bot:TAG in the registry of this folder."
  type        = string
}

variable "configuration" {
  description = "The text of onboard-bot.toml, beginning with the one in this folder. It enters the state, so it names secrets and holds none."
  type        = string

  validation {
    condition = (
      length(regexall("(?m)^\\s*(client_secret|password|api_key|bot_token|app_token|token_key|signing_secrets)\\s*=", var.configuration)) ==
      length(regexall("(?m)^\\s*(client_secret|password|api_key|bot_token|app_token|token_key|signing_secrets)\\s*=\\s*\\[?\"file:/mnt/onboard-bot/", var.configuration))
    )
    error_message = "Write every secret as \"file:/mnt/onboard-bot/NAME\"."
  }
}

# Ephemeral: neither in the state nor in a saved plan. Give it as TF_VAR_secrets, as JSON, from a vault of yours.
variable "secrets" {
  description = "One value for each name in local.secret_names."
  type        = map(string)
  ephemeral   = true
  sensitive   = true
}

variable "secrets_version" {
  description = "Count this up whenever a value in secrets changes: it is how Terraform notices."
  type        = number
  default     = 1
}

variable "operator_object_ids" {
  description = "Entra object ids of the people or groups who write secrets into the vault."
  type        = set(string)
}

variable "replicas" {
  description = "How many bots run; two at least, so that one may go."
  type        = number
  default     = 2

  validation {
    condition     = var.replicas >= 2
    error_message = "At least two."
  }
}

variable "database_sku" {
  description = "The size of the PostgreSQL server. High availability needs General Purpose (GP_) or more."
  type        = string
  default     = "GP_Standard_D2ds_v5"
}
