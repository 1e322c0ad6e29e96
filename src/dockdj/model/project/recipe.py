"""The names and paths that the recipe gives a project: what `dockdj.toml` leaves out has these values."""

# The environment that is released, and the one that runs the working tree.
PRODUCTION = "prod"
DEVELOPMENT = "dev"

# An environment's files.
ENVIRONMENTS = "environments"
COMPOSE_FILE = "docker/django/{environment}/docker-compose.yml"
VARIABLES = "environments/{environment}/.env"
CONTRACT = "environments/{environment}/.env.example"
PROCFILE = "environments/{environment}/Procfile"
LOCK = "environments/{environment}/requirements.txt"
PRODUCTION_COMPOSE_FILE = COMPOSE_FILE.format(environment=PRODUCTION)
PRODUCTION_VARIABLES = VARIABLES.format(environment=PRODUCTION)
PRODUCTION_CONTRACT = CONTRACT.format(environment=PRODUCTION)
PRODUCTION_PROCFILE = PROCFILE.format(environment=PRODUCTION)

# The application's service, and what runs in its image.
APPLICATION = "django"
HEALTH_PATH = "/healthz"
# The project's folder in the images.
FOLDER = "/var/app"
START = ("/start.sh",)
MANAGE = ("python", "manage.py")
MANAGE_FILE = "app/manage.py"
# The process type of a Procfile that runs before a release serves.
RELEASE_PROCESS = "release"

# The service of development that builds the frontend; production has none, because its images hold the files.
ASSETS = "assets"
BUILD_ASSETS = ("node", "assets.mjs", "build")

# The gate's commands, and the files that it leaves as evidence.
CHECKS = ("python", f"{FOLDER}/docker/django/checks.py", "now")
FRONTEND_CHECKS = ("node", "docker/assets/checks.mjs", "now")
# The checks of docker/assets/checks.mjs; docker/django/checks.py has the others.
FRONTEND_CHECK_NAMES = ("biome", "assets")
TESTS = ("pytest",)
SUMMARY = "summary.json"
JUNIT = "junit.xml"
TESTS_LOG = "tests.log"
NPM_PACKAGES = "npm.json"

# The smoke suite's own values and program.
SMOKE_VARIABLES = "docker/smoke.env"
SMOKE_PROGRAM = "docker/smoke"

# The files that name the packages a project asks for, and what locks them.
DOCKERFILE = "docker/django/Dockerfile"
NETWORK = "docker/network.sh"
OS_PACKAGES = "docker/django/packages.txt"
PYTHON_PACKAGES = "pyproject.toml"
NPM_PROJECT = "package.json"
NPM_LOCK = "package-lock.json"
NPM_SETTINGS = ".npmrc"

# The files that a restack takes from the release whose stack is wanted.
STACK = ("docker", ".platform", ".ebextensions", "Dockerrun.aws.json")
