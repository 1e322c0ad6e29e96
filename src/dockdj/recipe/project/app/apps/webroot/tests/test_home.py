from apps.webroot.views import GREETING


def test_the_home_page_greets(client):
    response = client.get("/")

    assert response.status_code == 200
    assert f"<h1>{GREETING}</h1>" in response.content.decode()
